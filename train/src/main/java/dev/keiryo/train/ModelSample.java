package dev.keiryo.train;

import dev.keiryo.checkpoint.EditedCheckpoint;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.generate.EndOfText;
import dev.keiryo.generate.GenerateOptions;
import dev.keiryo.generate.Generation;
import dev.keiryo.generate.Generator;
import dev.keiryo.generate.SamplerChain;
import dev.keiryo.model.Transformer;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import dev.keiryo.train.tape.Parameters;
import java.io.IOException;

/**
 * What a decoder or an encoder-decoder that learns makes of a prompt, by inference's own engine on its weights of the moment.
 *
 * @param tokens new ones at most
 * @param temperature 0 for the most probable token each time
 * @param seed of what is drawn
 * @param threads to compute with
 */
public record ModelSample(
        Parameters model, Tokenizer tokenizer, String prompt, int tokens, double temperature, long seed, int threads)
        implements TrainingRun.Sample {
    public ModelSample {
        if (tokens < 1 || !(temperature >= 0)) {
            throw new IllegalArgumentException("samples have at least 1 token, not " + tokens
                    + ", and a temperature of 0 or more, not " + temperature);
        }
    }

    /** The prompt and what follows; of an encoder-decoder, what it answers. */
    @Override
    public String text() throws IOException {
        EngineOptions options = EngineOptions.defaults().withThreads(threads).withPacking(EngineOptions.Packing.NEVER);
        // Not the parameters themselves: an engine closes what it is opened on.
        EditedCheckpoint now = EditedCheckpoint.of(model);
        try (Engine engine = Engine.open(now, options)) {
            int start = now.metadata().integer(now.metadata().architecture() + ".decoder_start_token_id", 0);
            Generator generator = new Generator(engine, tokenizer, EndOfText.of(now.metadata(), tokenizer), start);
            boolean answers = engine.transformer().kind() == Transformer.Kind.ENCODER_DECODER;
            SamplerChain chain = temperature == 0 ? SamplerChain.GREEDY : SamplerChain.parse("temp:" + temperature);
            GenerateOptions rules = GenerateOptions.DEFAULT
                    .withMaxTokens(tokens)
                    .withChain(chain)
                    .withSeed(seed)
                    .withSpecialTokens(answers);
            Generation made =
                    generator.generate(tokenizer.encode(prompt, SpecialTokens.PARSED, true), rules, piece -> true);
            return answers ? made.text() : prompt + made.text();
        }
    }
}
