package dev.keiryo.generate;

import java.util.List;

/**
 * What a caller may say about one generation.
 *
 * @param maxTokens new tokens at most
 * @param sampling how each is drawn
 * @param seed of the random numbers; the same seed gives the same text
 * @param stops strings that end the text, none of which is shown
 * @param context tokens that prompt and text together may take; 0 for what they need, up to the model's own limit
 */
public record GenerateOptions(int maxTokens, Sampling sampling, long seed, List<String> stops, int context) {
    /** 256 tokens at most, default sampling, seed 0. */
    public static final GenerateOptions DEFAULT = new GenerateOptions(256, Sampling.DEFAULT, 0, List.of(), 0);

    public GenerateOptions {
        if (maxTokens < 0) {
            throw new IllegalArgumentException("the number of new tokens should be at least 0, but is " + maxTokens);
        }
        if (context < 0) {
            throw new IllegalArgumentException("the context should be at least 0 tokens, but is " + context);
        }
        if (stops.contains("")) {
            throw new IllegalArgumentException("an empty stop string would stop everything");
        }
        stops = List.copyOf(stops);
    }

    public GenerateOptions withMaxTokens(int newMaxTokens) {
        return new GenerateOptions(newMaxTokens, sampling, seed, stops, context);
    }

    public GenerateOptions withSampling(Sampling newSampling) {
        return new GenerateOptions(maxTokens, newSampling, seed, stops, context);
    }

    public GenerateOptions withSeed(long newSeed) {
        return new GenerateOptions(maxTokens, sampling, newSeed, stops, context);
    }

    public GenerateOptions withStops(List<String> newStops) {
        return new GenerateOptions(maxTokens, sampling, seed, newStops, context);
    }

    public GenerateOptions withContext(int newContext) {
        return new GenerateOptions(maxTokens, sampling, seed, stops, newContext);
    }
}
