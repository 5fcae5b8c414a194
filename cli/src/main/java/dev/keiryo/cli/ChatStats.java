package dev.keiryo.cli;

import dev.keiryo.file.ProcessMemory;
import dev.keiryo.generate.Generation;
import java.util.Locale;

/** What a conversation has cost so far. */
final class ChatStats {
    private int answers;
    private long promptTokens;
    private long reusedTokens;
    private long promptNanos;
    private long newTokens;
    private long steps;
    private long newNanos;

    boolean isEmpty() {
        return answers == 0;
    }

    void add(Generation generation) {
        answers++;
        promptTokens += generation.promptTokens();
        reusedTokens += generation.knownTokens();
        promptNanos += generation.promptNanos();
        newTokens += generation.tokens().length;
        steps += Math.max(0, generation.tokens().length - 1);
        newNanos += generation.generationNanos();
    }

    /** Lines for people; {@code held} tokens are the conversation now, of {@code context} that fit. */
    String shown(int messages, int held, int context, long cacheBytes) {
        long read = promptTokens - reusedTokens;
        return String.format(
                Locale.ROOT,
                """
                conversation  %d messages, %d of %d tokens
                read          %d tokens in %d answers: %d from the cache (%.0f %%), %d processed, %.1f tokens/s
                written       %d tokens, %.1f tokens/s
                memory        %s keys and values, peak %s in all""",
                messages,
                held,
                context,
                promptTokens,
                answers,
                reusedTokens,
                100.0 * reusedTokens / Math.max(1, promptTokens),
                read,
                read * 1e9 / Math.max(1, promptNanos),
                newTokens,
                steps * 1e9 / Math.max(1, newNanos),
                Bytes.format(cacheBytes),
                Bytes.format(ProcessMemory.peak()));
    }
}
