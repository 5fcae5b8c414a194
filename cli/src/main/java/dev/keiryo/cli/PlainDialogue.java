package dev.keiryo.cli;

import dev.keiryo.FormatException;
import dev.keiryo.LanguageModel;
import dev.keiryo.chat.ChatTemplate;
import dev.keiryo.generate.Stops;
import java.util.List;

/** A conversation with a model that was never trained to hold one: a dialogue in plain text, which it continues. */
final class PlainDialogue {
    /** An answer is written with the space before it, which the model has most likely written itself. */
    private static final String TEMPLATE = """
            {%- for m in messages -%}
            {%- if m.role == 'user' -%}
            {{- 'User: ' + m.content + '\\n' -}}
            {%- elif m.role == 'assistant' -%}
            {{- 'Assistant:' + ('' if m.content.startswith(' ') else ' ') + m.content + '\\n' -}}
            {%- else -%}
            {{- m.content + '\\n\\n' -}}
            {%- endif -%}
            {%- endfor -%}
            {%- if add_generation_prompt -%}
            {{- 'Assistant:' -}}
            {%- endif -%}
            """;

    /** Special tokens that speak for a form of conversations, also where no template does. */
    private static final List<String> MARKS =
            List.of("<|im_start|>", "<|start_header_id|>", "<start_of_turn>", "<|assistant|>", "[INST]");

    private PlainDialogue() {}

    /** Whether nothing speaks for a form of its own: neither a template nor a special token. */
    static boolean isAllThatIsKnown(LanguageModel model) {
        boolean template = model.engine().checkpoint().metadata().values().containsKey("tokenizer.chat_template");
        return !template && MARKS.stream().noneMatch(mark -> model.tokenizer().id(mark) >= 0);
    }

    static ChatTemplate template(String bos, String eos) throws FormatException {
        return ChatTemplate.parse("plain dialogue", TEMPLATE, bos, eos);
    }

    /** Ends an answer where the model would go on with what the user says. */
    static Stops stops(Stops given) {
        return given.plus(Stops.Preset.CHAT.strings());
    }
}
