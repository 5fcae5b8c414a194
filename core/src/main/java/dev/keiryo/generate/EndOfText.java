package dev.keiryo.generate;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.tokenizer.Tokenizer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Which tokens end a text: end of sequence, of turn, of message. */
public final class EndOfText {
    /** What models call the end of a turn or message; files often leave it out of their metadata. */
    private static final List<String> NAMES = List.of(
            "<|eot_id|>",
            "<|im_end|>",
            "<|end|>",
            "<end_of_turn>",
            "<|endoftext|>",
            "<|end_of_text|>",
            "<|eom_id|>",
            "<|return|>",
            "<|call|>",
            "<EOT>",
            "_<EOT>",
            "<｜end▁of▁sentence｜>");

    private EndOfText() {}

    /** The ids that the metadata names, and those special tokens that are known by name. */
    public static Set<Integer> of(Metadata metadata, Tokenizer tokenizer) throws FormatException {
        Set<Integer> ids = new HashSet<>();
        for (String key : List.of("eos_token_id", "eot_token_id", "eom_token_id")) {
            ids.add(metadata.integer("tokenizer.ggml." + key, -1));
        }
        long[] several = metadata.integersOrNull("tokenizer.ggml.eos_token_ids");
        if (several != null) {
            for (long id : several) {
                ids.add((int) id);
            }
        }
        ids.add(tokenizer.eos());
        for (String name : NAMES) {
            if (isSpecial(tokenizer, name)) {
                ids.add(tokenizer.id(name));
            }
        }
        if (isSpecial(tokenizer, "<|return|>") && isSpecial(tokenizer, "<|call|>")) {
            // gpt-oss ends each message of an answer with it
            ids.remove(tokenizer.id("<|end|>"));
        }
        ids.remove(-1);
        return ids;
    }

    private static boolean isSpecial(Tokenizer tokenizer, String name) {
        int id = tokenizer.id(name);
        return id >= 0 && tokenizer.isSpecial(id);
    }
}
