package dev.keiryo.train.data;

import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.nio.file.FileSystems;
import java.util.List;
import java.util.regex.PatternSyntaxException;

/**
 * How data is prepared.
 *
 * @param read how documents are read
 * @param pipeline how they are cleaned
 * @param validation share of the documents that go into the validation set
 * @param seed of what is drawn: which documents these are
 * @param threads to work with
 * @param specialTokens whether special tokens that are spelled out in a text, as in conversations, are those tokens
 * @param licences of sources, for the card
 */
public record PreparationOptions(
        ReadOptions read,
        Pipeline pipeline,
        double validation,
        long seed,
        int threads,
        SpecialTokens specialTokens,
        List<Licence> licences) {
    /**
     * What a user says of sources' licences.
     *
     * @param glob file names, or paths
     * @param text the licence
     */
    public record Licence(String glob, String text) {
        public Licence {
            try {
                FileSystems.getDefault().getPathMatcher("glob:" + glob);
            } catch (PatternSyntaxException e) {
                throw new IllegalArgumentException("'" + glob + "' is no glob: " + e.getDescription(), e);
            }
        }

        /** {@code GLOB=TEXT}; {@code TEXT} alone is of all. */
        public static Licence parse(String text) {
            int equals = text.indexOf('=');
            return equals <= 0
                    ? new Licence("*", text)
                    : new Licence(text.substring(0, equals), text.substring(equals + 1));
        }
    }

    public PreparationOptions {
        if (!(validation >= 0 && validation < 1)) {
            throw new IllegalArgumentException(
                    "the share of the validation set is at least 0 and less than 1, but is " + validation);
        }
        if (threads < 1) {
            throw new IllegalArgumentException("the number of threads is at least 1, but is " + threads);
        }
        licences = List.copyOf(licences);
    }
}
