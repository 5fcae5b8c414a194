package dev.keiryo.chat;

import dev.keiryo.tokenizer.Tokenizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Templates for models whose files carry none; the special tokens of a vocabulary tell which was meant. */
final class KnownTemplates {
    /** ChatML, which most models without a form of their own know. */
    static final String CHATML =
            "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}"
                    + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    private static final String LLAMA3 =
            "{{ bos_token }}{% for m in messages %}{{ '<|start_header_id|>' + m.role + '<|end_header_id|>\\n\\n'"
                    + " + m.content|trim + '<|eot_id|>' }}{% endfor %}{% if add_generation_prompt %}"
                    + "{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}";

    private static final String GEMMA =
            "{{ bos_token }}{% set ns = namespace(system='') %}{% for m in messages %}{% if m.role == 'system' %}"
                    + "{% set ns.system = m.content + '\\n\\n' %}{% else %}{{ '<start_of_turn>'"
                    + " + ('model' if m.role == 'assistant' else m.role) + '\\n' + (ns.system + m.content)|trim"
                    + " + '<end_of_turn>\\n' }}{% set ns.system = '' %}{% endif %}{% endfor %}"
                    + "{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}";

    private static final String PHI3 =
            "{% for m in messages %}{{ '<|' + m.role + '|>\\n' + m.content + '<|end|>\\n' }}{% endfor %}"
                    + "{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}";

    private static final String MISTRAL =
            "{{ bos_token }}{% set ns = namespace(system='') %}{% for m in messages %}{% if m.role == 'system' %}"
                    + "{% set ns.system = m.content + '\\n\\n' %}{% elif m.role == 'assistant' %}"
                    + "{{ ' ' + m.content + eos_token }}{% else %}{{ '[INST] ' + ns.system + m.content + ' [/INST]' }}"
                    + "{% set ns.system = '' %}{% endif %}{% endfor %}";

    /**
     * @param name by which it is known
     * @param token that only models of the kind have as a special token
     * @param template theirs
     */
    private record Known(String name, String token, String template) {}

    private static final List<Known> KNOWN = List.of(
            new Known("chatml", "<|im_start|>", CHATML),
            new Known("llama3", "<|start_header_id|>", LLAMA3),
            new Known("gemma", "<start_of_turn>", GEMMA),
            new Known("phi3", "<|assistant|>", PHI3),
            new Known("mistral", "[INST]", MISTRAL));

    private KnownTemplates() {}

    /** By name. */
    static Map<String, String> all() {
        Map<String, String> all = new LinkedHashMap<>();
        KNOWN.forEach(known -> all.put(known.name(), known.template()));
        return all;
    }

    /** The one that a vocabulary's special tokens speak for. */
    static String of(Tokenizer tokenizer) {
        for (Known known : KNOWN) {
            if (tokenizer.id(known.token()) >= 0) {
                return known.template();
            }
        }
        return CHATML;
    }
}
