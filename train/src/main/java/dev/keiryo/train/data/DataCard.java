package dev.keiryo.train.data;

import java.util.List;

/**
 * What is in a folder of training data, and how it came there.
 *
 * @param sources the files read
 * @param steps what each step of cleaning has done
 * @param empty documents of which nothing was left to write
 * @param train the training set
 * @param validation the validation set
 * @param tokenizer the tokenizer's name
 * @param vocabulary number of its ids
 * @param fingerprint {@link VocabularyFingerprint} of it
 * @param options how it was made
 */
public record DataCard(
        List<Source> sources,
        List<StepCounts> steps,
        long empty,
        Split train,
        Split validation,
        String tokenizer,
        int vocabulary,
        long fingerprint,
        PreparationOptions options) {
    /**
     * A file that was read.
     *
     * @param file its name and format
     * @param documents in it
     * @param characters of their texts, in UTF-16 units
     * @param licence as given, or empty
     */
    public record Source(SourceFile file, long documents, long characters, String licence) {}

    /**
     * A part of the data.
     *
     * @param file its name in the folder
     * @param documents in it
     * @param tokens in it
     * @param characters of the texts that became these, in UTF-16 units
     */
    public record Split(String file, long documents, long tokens, long characters) {}

    public DataCard {
        sources = List.copyOf(sources);
        steps = List.copyOf(steps);
    }
}
