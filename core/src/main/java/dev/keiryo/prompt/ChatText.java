package dev.keiryo.prompt;

import dev.keiryo.chat.ChatTemplate;
import dev.keiryo.chat.Message;
import dev.keiryo.chat.RenderOptions;
import dev.keiryo.prompt.Rendering.Part;
import dev.keiryo.template.RaisedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * For chat models: the system prompt is a message of its own; the task opens the first message of the user, each example is
 * a message of the user and the answer to it, and the last message holds context and input. Where a template takes no
 * system message, the system prompt opens the first message instead.
 */
public final class ChatText implements PromptRenderer {
    private final ChatTemplate template;
    private final RenderOptions options;

    public ChatText(ChatTemplate template, RenderOptions options) {
        this.template = template;
        this.options = options.withGenerationPrompt(true);
    }

    private record Turn(Message message, List<String> texts, List<PartKind> kinds) {}

    @Override
    public Rendering render(Prompt prompt) throws IOException {
        List<Turn> turns = turns(prompt, true);
        String text;
        try {
            text = text(turns);
        } catch (RaisedException e) {
            if (prompt.system().isBlank()) {
                throw e;
            }
            turns = turns(prompt, false);
            text = text(turns);
        }
        return new Rendering(text, located(turns, text), template::encode);
    }

    /** The messages that {@link #render} gives to the template. */
    public static List<Message> messages(Prompt prompt) {
        return turns(prompt, true).stream().map(Turn::message).toList();
    }

    private String text(List<Turn> turns) throws IOException {
        return template.render(turns.stream().map(Turn::message).toList(), List.of(), options);
    }

    private static List<Turn> turns(Prompt prompt, boolean systemMessage) {
        List<Turn> turns = new ArrayList<>();
        if (systemMessage && !prompt.system().isBlank()) {
            turns.add(turn(Message.SYSTEM, new PromptText(prompt.language()).add(PartKind.SYSTEM, prompt.system())));
        }
        PromptText text = new PromptText(prompt.language());
        text.add(PartKind.SYSTEM, systemMessage ? "" : prompt.system()).addTask(prompt, false);
        for (Example example : prompt.examples()) {
            turns.add(turn(Message.USER, text.add(PartKind.EXAMPLES, text.line(PartKind.INPUT, example.input()))));
            String answer = prompt.language().answer(example, prompt.reasoning());
            turns.add(turn(Message.ASSISTANT, new PromptText(prompt.language()).add(PartKind.EXAMPLES, answer)));
            text = new PromptText(prompt.language());
        }
        text.addContext(prompt);
        if (!prompt.input().isBlank()) {
            text.add(PartKind.INPUT, text.line(PartKind.INPUT, prompt.input()));
        }
        if (prompt.reasoning().triggered()) {
            text.add(PartKind.ANSWER, prompt.language().trigger());
        }
        if (text.text().isEmpty()) {
            text.add(PartKind.ANSWER, text.opening(PartKind.ANSWER));
        }
        turns.add(turn(Message.USER, text));
        return turns;
    }

    private static Turn turn(String role, PromptText text) {
        String all = text.text();
        List<String> texts =
                text.parts().stream().map(p -> all.substring(p.from(), p.to())).toList();
        List<PartKind> kinds = text.parts().stream().map(Part::kind).toList();
        Message message = role.equals(Message.SYSTEM)
                ? Message.system(all)
                : role.equals(Message.USER) ? Message.user(all) : Message.assistant(all);
        return new Turn(message, texts, kinds);
    }

    /** Where the template has put the parts; one that it has changed counts as the template's. */
    private static List<Part> located(List<Turn> turns, String text) {
        List<Part> found = new ArrayList<>();
        int missing = locate(turns, text, found);
        if (missing > 0 && turns.getFirst().message().role().equals(Message.SYSTEM)) {
            // Some templates write the system prompt into the last message.
            List<Part> others = new ArrayList<>();
            if (locate(turns.subList(1, turns.size()), text, others) < missing) {
                String system = turns.getFirst().texts().getFirst();
                int at = text.lastIndexOf(system);
                Part part = new Part(PartKind.SYSTEM, at, at + system.length());
                if (at >= 0 && others.stream().noneMatch(o -> o.from() < part.to() && part.from() < o.to())) {
                    others.add(part);
                }
                return others;
            }
        }
        return found;
    }

    /** Finds the parts one behind the other, and says how many it has not found. */
    private static int locate(List<Turn> turns, String text, List<Part> found) {
        int from = 0;
        int missing = 0;
        for (Turn turn : turns) {
            for (int i = 0; i < turn.texts().size(); i++) {
                String part = turn.texts().get(i);
                int at = text.indexOf(part, from);
                if (at < 0) {
                    missing++;
                } else {
                    from = at + part.length();
                    found.add(new Part(turn.kinds().get(i), at, from));
                }
            }
        }
        return missing;
    }
}
