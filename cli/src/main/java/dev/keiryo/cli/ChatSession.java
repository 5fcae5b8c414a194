package dev.keiryo.cli;

import dev.keiryo.LanguageModel;
import dev.keiryo.chat.ChatEvent;
import dev.keiryo.chat.ChatTemplate;
import dev.keiryo.chat.Message;
import dev.keiryo.chat.OutputParser;
import dev.keiryo.chat.RenderOptions;
import dev.keiryo.chat.Tool;
import dev.keiryo.chat.ToolCall;
import dev.keiryo.chat.ToolChoice;
import dev.keiryo.chat.ToolConstraint;
import dev.keiryo.chat.Truncation;
import dev.keiryo.generate.GenerateOptions;
import dev.keiryo.generate.Generation;
import dev.keiryo.generate.Generator;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A conversation with a model. Keys and values of earlier turns are used again as far as the conversation's text, rendered
 * anew for each answer, begins as it did before.
 */
final class ChatSession {
    /** What remains free where a conversation is cut, so that its beginning can stay for some turns. */
    private static final double LOW = 0.75;

    private static final int SUMMARY_QUOTA = 4;

    private final LanguageModel model;
    private final ChatTemplate template;
    private ChatSettings settings;
    private final int context;
    private final LocalDateTime begun;
    private final ChatStats stats = new ChatStats();
    private ToolConstraint tools = ToolConstraint.NO_TOOLS;
    /** All that was said. */
    private final List<Message> messages = new ArrayList<>();
    /** What the model still gets of it: {@link Truncation}. */
    private final List<Message> shown = new ArrayList<>();

    /** Told what an answer is made of, as it comes. */
    interface Listener {
        /** Turns that the conversation goes on without. */
        void left(List<Message> gone);

        /** The next part. */
        void event(ChatEvent event);

        /** Asked after each token, and between stretches of a long prompt; false stops. */
        boolean goesOn();
    }

    /**
     * @param context tokens that conversation and answer may take together
     * @param begun what templates that write the time are told all along, so that what they write stays the same
     */
    ChatSession(LanguageModel model, ChatTemplate template, ChatSettings settings, int context, LocalDateTime begun) {
        this.model = model;
        this.template = template;
        this.settings = settings;
        this.context = context;
        this.begun = begun;
    }

    ChatSettings settings() {
        return settings;
    }

    /** @throws IllegalArgumentException where a tool is to be called that there is not; nothing has changed then */
    void setSettings(ChatSettings newSettings) {
        ToolChoice choice = toolChoice(tools(), newSettings);
        if (!choice.equals(tools.choice())) {
            tools = template.constraint(tools(), choice);
        }
        settings = newSettings;
    }

    /** What the conversation has cost, for people. */
    String shownStats() throws IOException {
        int held = shown.isEmpty() ? 0 : tokens(shown);
        return stats.shown(messages.size(), held, context, model.engine().pool().held());
    }

    /** Tool calls of the last answer that have no result yet. */
    List<ToolCall> openCalls() {
        List<ToolCall> open = new ArrayList<>();
        for (Message message : messages) {
            if (message.role().equals(Message.ASSISTANT)) {
                open = new ArrayList<>(message.toolCalls());
            }
            open.removeIf(call -> call.id().equals(message.toolCallId()));
        }
        return open;
    }

    List<Message> messages() {
        return List.copyOf(messages);
    }

    List<Tool> tools() {
        return tools.tools();
    }

    /**
     * Lets the model call tools, and holds its calls to their schemas.
     *
     * @throws IllegalArgumentException where that cannot be done; nothing has changed then
     */
    void setTools(List<Tool> newTools) {
        tools = template.constraint(newTools, toolChoice(newTools, settings));
    }

    /** Of no tools, none has to be called. */
    private static ToolChoice toolChoice(List<Tool> tools, ChatSettings settings) {
        return tools.isEmpty() ? ToolChoice.AUTO : settings.toolChoice();
    }

    /** The system prompt; empty where there is none. */
    String system() {
        return hasSystem() ? messages.getFirst().content() : "";
    }

    /** Sets the system prompt; empty removes it. */
    void setSystem(String text) {
        for (List<Message> list : List.of(messages, shown)) {
            if (!list.isEmpty() && list.getFirst().role().equals(Message.SYSTEM)) {
                list.removeFirst();
            }
            if (!text.isBlank()) {
                list.addFirst(Message.system(text));
            }
        }
    }

    private boolean hasSystem() {
        return !messages.isEmpty() && messages.getFirst().role().equals(Message.SYSTEM);
    }

    /** Forgets all but the system prompt. */
    void clear() {
        String system = system();
        load(system.isEmpty() ? List.of() : List.of(Message.system(system)));
    }

    void load(List<Message> conversation) {
        messages.clear();
        messages.addAll(conversation);
        shown.clear();
        shown.addAll(conversation);
    }

    /** Takes back the last turn: what the user said last, and all that followed; false where nothing was said. */
    boolean undo() {
        String last = lastSaid();
        if (last == null) {
            return false;
        }
        removeTurn(messages);
        removeTurn(shown);
        return true;
    }

    private static void removeTurn(List<Message> list) {
        Message removed;
        do {
            removed = list.removeLast();
        } while (!removed.role().equals(Message.USER) && !list.isEmpty());
    }

    /** What the user said last; null where that is nothing. */
    @Nullable
    String lastSaid() {
        for (Message message : messages.reversed()) {
            if (message.role().equals(Message.USER)) {
                return message.content();
            }
        }
        return null;
    }

    /**
     * Says {@code message} and has it answered. Where that fails, nothing was said.
     *
     * @throws IllegalArgumentException where the conversation does not fit the context
     * @throws IOException where the template is faulty, or refuses the conversation
     */
    Generation say(Message message, Listener listener) throws IOException {
        int before = messages.size();
        List<Message> shownBefore = List.copyOf(shown);
        messages.add(message);
        shown.add(message);
        try {
            return answer(listener);
        } catch (IOException | RuntimeException | Error e) {
            messages.subList(before, messages.size()).clear();
            shown.clear();
            shown.addAll(shownBefore);
            throw e;
        }
    }

    private Generation answer(Listener listener) throws IOException {
        fit(listener);
        String prompt = rendered(shown);
        OutputParser parser = template.parser(prompt, tools());
        GenerateOptions options = settings.options(context)
                .withWhenFull(settings.whenFull(systemTokens(prompt)))
                .withConstraint(tools.forPrompt(prompt));
        Generation generation = generate(prompt, options, new Generator.Listener() {
            @Override
            public boolean text(String text) {
                for (ChatEvent event : parser.feed(text)) {
                    listener.event(event);
                }
                return goesOn();
            }

            @Override
            public boolean goesOn() {
                return listener.goesOn();
            }
        });
        parser.finish().forEach(listener::event);
        Message answer = parser.message();
        messages.add(answer);
        shown.add(answer);
        return generation;
    }

    /** Tokens up to the end of the system prompt, of half the context at most. */
    private int systemTokens(String prompt) {
        int at = hasSystem() ? prompt.indexOf(system()) : -1;
        int n = at < 0 ? 0 : template.encode(model.tokenizer(), prompt.substring(0, at + system().length())).length;
        return Math.min(n, context / 2);
    }

    /** Keeps what the engine knows of the conversation in {@code file}. Returns how many tokens that is. */
    int keep(Path file) throws IOException {
        if (stats.isEmpty()) {
            return 0; // nothing has been said
        }
        int[] all = template.encode(model.tokenizer(), rendered(shown));
        int[] ids = Arrays.copyOf(all, Math.min(all.length, context));
        return model.generator().save(ids, settings.options(context).withWhenFull(settings.whenFull(0)), 0, file);
    }

    private Generation generate(String prompt, GenerateOptions options, Generator.Listener listener) {
        int[] ids = template.encode(model.tokenizer(), prompt);
        Generation generation = model.generator().generate(ids, options, listener);
        stats.add(generation);
        return generation;
    }

    /** Makes room for an answer. */
    private void fit(Listener listener) throws IOException {
        int answer = Math.min(settings.maxTokens(), Math.max(1, context / 4));
        int limit = context - answer;
        Truncation.Fitted fitted;
        try {
            fitted = settings.truncation().fit(shown, limit, (int) (LOW * limit), this::tokens, this::summary);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    e.getMessage() + " in a context of " + context + " beside an answer of " + answer + "; "
                            + (settings.truncation() == Truncation.REFUSE
                                    ? "/params truncate=oldest lets old turns go, /clear begins anew, --ctx N makes room"
                                    : "say less at once, or make room with --ctx N"),
                    e);
        }
        if (!fitted.gone().isEmpty()) {
            shown.clear();
            shown.addAll(fitted.messages());
            listener.left(fitted.gone());
        }
    }

    private String rendered(List<Message> conversation) throws IOException {
        RenderOptions options = RenderOptions.at(begun).withThinking(settings.thinking());
        return template.render(conversation, tools(), options);
    }

    private int tokens(List<Message> conversation) throws IOException {
        return template.encode(model.tokenizer(), rendered(conversation)).length;
    }

    /** Has the model itself say what turns come to. */
    private String summary(List<Message> turns, int maxTokens) throws IOException {
        List<Message> asked = new ArrayList<>();
        for (Message message : turns) {
            if (message.toolCalls().isEmpty() && !message.role().equals(Message.TOOL)) {
                say(asked, message);
            }
        }
        say(
                asked,
                Message.user("Summarise our conversation so far in a few sentences: facts, names, decisions, open"
                        + " questions. Write nothing else."));
        while (asked.size() > 2 && tokens(asked) > context - maxTokens) {
            asked.removeFirst();
            if (asked.getFirst().role().equals(Message.ASSISTANT)) {
                asked.removeFirst();
            }
        }
        String prompt = rendered(asked);
        OutputParser parser = template.parser(prompt, List.of());
        generate(prompt, settings.options(context).withMaxTokens(maxTokens * SUMMARY_QUOTA), text -> {
            parser.feed(text);
            return true;
        });
        parser.finish();
        return parser.message().content();
    }

    /** Appends {@code message}; where the same speaks twice, it is one message: many templates refuse others. */
    private static void say(List<Message> messages, Message message) {
        boolean again = !messages.isEmpty() && messages.getLast().role().equals(message.role());
        Message before = again ? messages.removeLast() : message;
        messages.add(again ? before.withContent(before.content() + "\n\n" + message.content()) : message);
    }
}
