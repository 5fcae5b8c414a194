package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import java.util.regex.Pattern;

/** The patterns of well-known vocabularies, and the names that GGUF files give them. */
@SuppressWarnings("DoNotCallSuggester")
final class PreTokenizerPatterns {
    static final Pattern GPT2 =
            Pattern.compile("'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+");
    static final Pattern WORDS = Pattern.compile("\\w+|[^\\w\\s]+", Pattern.UNICODE_CHARACTER_CLASS);

    private PreTokenizerPatterns() {}

    static PreTokenizer named(String source, String name) throws FormatException {
        throw new FormatException(source, "pre-tokenizer \"" + name + "\" is unknown");
    }
}
