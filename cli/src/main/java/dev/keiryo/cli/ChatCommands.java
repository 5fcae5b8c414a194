package dev.keiryo.cli;

import dev.keiryo.chat.Message;
import dev.keiryo.chat.Tool;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The lines of a chat that begin with a slash. */
final class ChatCommands {
    /** Name and arguments, and what it does; as {@code /help} lists them. */
    private static final Map<String, String> KNOWN = known();

    private final ChatSession session;
    private final ChatScreen screen;
    private final String model;

    /** What is to happen after a command. */
    sealed interface Next {
        /** The next message is read. */
        record Read() implements Next {}

        /** The chat ends. */
        record Exit() implements Next {}

        /** This is said. */
        record Say(Message message) implements Next {}
    }

    ChatCommands(ChatSession session, ChatScreen screen, String model) {
        this.session = session;
        this.screen = screen;
        this.model = model;
    }

    private static Map<String, String> known() {
        Map<String, String> known = new LinkedHashMap<>();
        known.put("/help", "lists the commands");
        known.put("/system [TEXT]", "shows or sets the system prompt; /system - removes it");
        known.put("/params [NAME [VALUE]]", "shows or sets how answers are generated, e.g. /params temp 0.5");
        known.put("/undo", "takes the last turn back");
        known.put("/retry", "has the last message answered again");
        known.put("/clear", "forgets the conversation, but not the system prompt");
        known.put("/save FILE", "writes conversation and parameters as JSON");
        known.put("/load FILE", "goes on with a saved conversation");
        known.put("/tools [FILE]", "shows the tools or reads them from a JSON file; /tools - removes them");
        known.put("/result TEXT", "answers the model's tool call");
        known.put("/stats", "tokens, speed, use of the cache, memory");
        known.put("/exit", "ends the chat, as Ctrl-D does");
        return known;
    }

    /** The commands' names. */
    static List<String> names() {
        return KNOWN.keySet().stream().map(ChatCommands::name).toList();
    }

    private static String name(String line) {
        int space = line.indexOf(' ');
        return space < 0 ? line : line.substring(0, space);
    }

    static boolean isCommand(String line) {
        return line.startsWith("/") && !line.startsWith("//");
    }

    /** Does what {@code line} says. */
    Next run(String line) {
        String name = name(line.strip());
        String argument = line.strip().substring(name.length()).strip();
        try {
            return run(name, argument);
        } catch (IOException | IllegalArgumentException e) {
            screen.fault(Main.message(e));
            return new Next.Read();
        }
    }

    private Next run(String name, String argument) throws IOException {
        switch (name) {
            case "/help", "/?" -> help();
            case "/system" -> system(argument);
            case "/params" -> params(argument);
            case "/undo" -> screen.answer(session.undo() ? "The last turn is taken back." : "Nothing was said yet.");
            case "/retry" -> {
                return retry();
            }
            case "/clear" -> {
                session.clear();
                screen.answer("The conversation is forgotten.");
            }
            case "/save" -> {
                Path path = path(required(name, argument));
                ChatFile.of(model, session).write(path);
                screen.answer(session.messages().size() + " messages in " + path);
            }
            case "/load" -> load(path(required(name, argument)));
            case "/tools" -> tools(argument);
            case "/result" -> {
                return new Next.Say(result(required(name, argument)));
            }
            case "/stats" -> screen.answer(session.shownStats());
            case "/exit", "/quit" -> {
                return new Next.Exit();
            }
            default ->
                screen.fault("there is no command " + name + "; /help lists them, and a message may begin with //");
        }
        return new Next.Read();
    }

    /** Of a file, as shells read it. */
    private static Path path(String name) {
        return name.startsWith("~/") ? Path.of(System.getProperty("user.home"), name.substring(2)) : Path.of(name);
    }

    private static String required(String name, String argument) {
        if (argument.isEmpty()) {
            throw new IllegalArgumentException(name + (name.equals("/result") ? " needs a text" : " needs a FILE"));
        }
        return argument;
    }

    private void help() {
        KNOWN.forEach((command, what) -> screen.answer(String.format("%-24s %s", command, what)));
        screen.answer("A message of several lines stands between lines of \"\"\", or its lines end with \\.");
        screen.answer("Alt-Enter begins a line; Ctrl-C stops an answer; Ctrl-D ends the chat.");
    }

    private void system(String argument) {
        if (!argument.isEmpty()) {
            session.setSystem(argument.equals("-") ? "" : argument);
        }
        String system = session.system();
        screen.answer(system.isEmpty() ? "There is no system prompt." : "system: " + system);
    }

    private void params(String argument) {
        int end = 0;
        while (end < argument.length() && argument.charAt(end) != '=' && argument.charAt(end) != ' ') {
            end++;
        }
        if (end > 0) {
            String value = end < argument.length() ? argument.substring(end + 1) : "";
            ChatSettings changed = session.settings().copy();
            changed.set(argument.substring(0, end), value);
            session.setSettings(changed);
        }
        screen.answer(session.settings().shown() + "\n" + shownTools());
    }

    /** Which tools there are, and what that means for answers. */
    private String shownTools() {
        List<Tool> tools = session.tools();
        return "tools       "
                + (tools.isEmpty()
                        ? "none"
                        : String.join(", ", tools.stream().map(Tool::name).toList())
                                + "; calls are held to their schemas");
    }

    private Next retry() {
        String last = session.lastSaid();
        if (last == null) {
            screen.answer("Nothing was said yet.");
            return new Next.Read();
        }
        session.undo();
        return new Next.Say(Message.user(last));
    }

    private void load(Path path) throws IOException {
        ChatFile file = ChatFile.read(path);
        session.setSettings(file.applied(session.settings()));
        session.load(file.messages());
        screen.replay(file.messages());
        screen.note(file.messages().size() + " messages from " + path
                + (file.model().isEmpty() || file.model().equals(model) ? "" : ", held with " + file.model()));
    }

    private void tools(String argument) throws IOException {
        if (!argument.isEmpty()) {
            session.setTools(argument.equals("-") ? List.of() : ToolsFile.read(path(argument)));
        }
        if (session.tools().isEmpty()) {
            screen.answer("There are no tools.");
        }
        session.tools().forEach(tool -> screen.answer(tool.name() + ": " + tool.description()));
    }

    private Message result(String text) {
        if (session.openCalls().isEmpty()) {
            throw new IllegalArgumentException("no tool call waits for a result");
        }
        return Message.result(session.openCalls().getFirst(), text);
    }
}
