package dev.keiryo.cli;

import static dev.keiryo.cli.Output.done;
import static dev.keiryo.cli.Output.keiryo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code keiryo run}: its samplers, stops and searches. */
class RunTest {
    private static final String PROMPT = "Once upon a time";

    private static String model() {
        return TestData.path("models/TinyStories-656K").toString();
    }

    private static Output run(String... options) {
        List<String> args = new ArrayList<>(List.of("run", model(), "-p", PROMPT));
        args.addAll(List.of(options));
        return done(args.toArray(String[]::new));
    }

    private static JsonNode json(String... options) {
        List<String> args = new ArrayList<>(List.of(options));
        args.add("--json");
        return JsonMapper.shared().readTree(run(args.toArray(String[]::new)).out());
    }

    @Test
    void aPatternEndsTheText() {
        JsonNode json = json("--greedy", "-n", "60", "--stop-regex", "[.!?]\\s");
        String whole = json("--greedy", "-n", "60").get("text").asString();
        assertEquals("stop_string", json.get("reason").asString());
        String text = json.get("text").asString();
        assertFalse(text.contains("."), text);
        assertTrue(whole.startsWith(text + ". "), whole);
    }

    @Test
    void stopsJoinThoseOfThePreset() {
        String text = json("--greedy", "-n", "30").get("text").asString();
        String middle = text.substring(20, 25);
        JsonNode json = json("--greedy", "-n", "30", "--stop-preset", "code", "--stop", middle);
        assertEquals("stop_string", json.get("reason").asString());
        assertEquals(text.substring(0, text.indexOf(middle)), json.get("text").asString());
    }

    @Test
    void timeAndLoopsEndTheText() {
        JsonNode timed = json("--greedy", "-n", "400", "--max-time", "0.000001");
        assertEquals("max_time", timed.get("reason").asString());
        assertEquals(1, timed.get("tokens").size());
        // One id again and again: forced by a bias.
        JsonNode loop = json("-n", "400", "--chain", "logit_bias:300=+1000;greedy", "--stop-loops", "8,4,12");
        assertEquals("repetition", loop.get("reason").asString());
        assertEquals(12, loop.get("tokens").size());
    }

    @Test
    void theChainIsShownBeforeTheText() {
        Output output =
                run("-n", "2", "--show-chain", "--seed", "7", "--preset", "code", "--sampler", "top_n_sigma:1.5");
        String chain = JsonMapper.shared()
                .readTree(done(
                                "run",
                                model(),
                                "-p",
                                PROMPT,
                                "-n",
                                "0",
                                "--preset",
                                "code",
                                "--sampler",
                                "top-n-sigma:1.5",
                                "--json")
                        .out())
                .get("chain")
                .asString();
        assertTrue(output.err().startsWith("sampler chain: " + chain + "; seed 7\n"), output.err());
        assertTrue(chain.matches("top_n_sigma:n=1.5;top_k:.*|.*top_n_sigma.*"), chain);
    }

    @Test
    void beamsFindAMoreProbableTextThanGreedy() {
        JsonNode beams = json("--beams", "4", "--results", "3", "-n", "12");
        assertEquals(3, beams.get("results").size());
        double last = Double.POSITIVE_INFINITY;
        for (JsonNode one : beams.get("results")) {
            assertTrue(one.get("score").asDouble() <= last);
            last = one.get("score").asDouble();
        }
        double greedy = 0;
        for (JsonNode score : json("--greedy", "-n", "12", "--logprobs", "0").get("logprobs")) {
            greedy += score.get("logprob").asDouble();
        }
        double best = beams.get("results").get(0).get("logprob").asDouble();
        assertTrue(best >= greedy - 1e-6, best + " against " + greedy);
    }

    @Test
    void theBestOfSeveralTextsIsOneOfTheirSeeds() {
        JsonNode best = json("--best-of", "3", "--seed", "5", "-n", "10", "--results", "3", "--vote", "(\\w+)");
        List<String> texts = new ArrayList<>();
        best.get("results").forEach(one -> texts.add(one.get("text").asString()));
        List<String> alone = new ArrayList<>();
        for (int seed = 5; seed < 8; seed++) {
            alone.add(json("--seed", "" + seed, "-n", "10").get("text").asString());
        }
        assertEquals(alone.stream().sorted().toList(), texts.stream().sorted().toList());
        assertTrue(best.get("vote").get("votes").asInt() >= 1, best.toString());
        assertTrue(run("--best-of", "2", "-n", "5").err().startsWith("[best of 2] prompt 6 tokens"));
    }

    /** Searches heed the context, and go on beyond it where they are told to. */
    @Test
    void searchesOutgrowTheContext() {
        for (String search : List.of("--beams", "--best-of")) {
            for (String policy : List.of("shift", "sinks", "h2o")) {
                JsonNode on = json(search, "2", "--ctx", "20", "-n", "50", "--context-full", policy);
                assertTrue(on.get("results").get(0).get("tokens").asInt() > 15, on.toString());
            }
            JsonNode ends = json(search, "2", "--ctx", "20", "-n", "50");
            assertTrue(ends.get("results").get(0).get("tokens").asInt() <= 15, ends.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--beams 2 --best-of 2",
                "--beams 2 --temp 0.5",
                "--beams 2 --results 3",
                "--beams 3 --beam-groups 2",
                "--diversity 0.5 --beams 2",
                "--length-penalty 2",
                "--results 2",
                "--vote number",
                "--best-of 2 --vote (",
                "--best-of 0",
                "--stop-regex (",
                "--stop-loops 1,2",
                "--stop-loops 8,1,4",
                "--max-time 0",
                "--max-time NaN",
                "--stop-preset poem",
                "--sampler nothing:1",
                "--chain greedy --sampler xtc",
                "--keep 3",
                "--context-full h2o --draft lookup",
                "--context-full h2o --prompt-cache x",
                "--context-full sinks --chain contrastive:k=4,alpha=0.6",
            })
    void whatMakesNoSenseIsRefused(String options) {
        List<String> args = new ArrayList<>(List.of("run", model(), "-p", PROMPT, "-n", "1"));
        args.addAll(List.of(options.split(" ")));
        Output output = keiryo(args.toArray(String[]::new));
        assertEquals(2, output.exit(), output.err());
        assertEquals("", output.out());
    }
}
