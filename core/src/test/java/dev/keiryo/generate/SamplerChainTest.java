package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import dev.keiryo.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Chains as text, and what has no oracle elsewhere: bans, forced tokens, limits of parameters, ties. */
class SamplerChainTest {
    private static final float[] LOGITS = {0.5f, 2, -1, 2, 0, -3, 1};

    private static int[] left(String chain, int... history) {
        Sampler sampler = new Sampler(SamplerChain.parse(chain), new SplittableRandom(1));
        sampler.history().start(history);
        Candidates left = sampler.process(LOGITS);
        int[] ids = new int[left.count()];
        Arrays.setAll(ids, left::id);
        Arrays.sort(ids);
        return ids;
    }

    @Test
    void whatIsPrintedIsReadBack() {
        for (String text : List.of(
                "logit_bias:3=2,9=-inf",
                "banned_tokens:7|9",
                "banned_strings:\"foo\"|\"bar, baz;\"",
                "min_tokens:n=20,end=2|7",
                "forced_tokens:5|11|2",
                "penalties:repeat=1.1,last_n=64,frequency=0.2,presence=0.3",
                "no_repeat_ngram:3",
                "dry:multiplier=0.8,base=1.75,allowed_length=2,last_n=-1,breakers=\"\\n\"|\"|\"",
                "top_n_sigma:1.5",
                "top_k:40",
                "typical:p=0.9,min_keep=2",
                "top_p:0.95",
                "min_p:0.05",
                "top_a:0.2",
                "epsilon_cutoff:0.0006",
                "eta_cutoff:0.002",
                "tail_free:0.95",
                "xtc:probability=0.5,threshold=0.1",
                "dynamic_temperature:t=1,range=0.5,exponent=2",
                "temp:0.8",
                "mirostat:tau=5,eta=0.1,m=50",
                "mirostat_v2:tau=5,eta=0.1",
                "greedy",
                "cfg:scale=1.5,negative=\"a dull, sad text\";temp:0.8",
                "dola:high;penalties:repeat=1.2,last_n=64",
                "dola:layers=2|4,alpha=0.2",
                "contrastive:k=4,alpha=0.6",
                SamplerChain.DEFAULT.toString())) {
            assertEquals(text, SamplerChain.parse(text).toString());
        }
        for (SamplerPreset preset : SamplerPreset.values()) {
            assertEquals(preset.chain(), SamplerChain.parse(preset.chain().toString()));
        }
        assertEquals(
                "penalties:repeat=1.1,last_n=64;top_k:40;top_p:0.95;min_p:0.05;temp:0.8",
                SamplerChain.parse(
                                " Penalties: repeat=1.1, last-n=64 ; top-k:k=40;top_p : 0.95;min_p:p=0.05;temperature:0.8;")
                        .toString());
    }

    @Test
    void mistakesAreNamed() {
        assertMessage("top_x:3", "there is no sampler top_x; there are logit_bias, ");
        assertMessage("top_k:k=3,q=1", "top_k has no parameter q; there are k");
        assertMessage("top_k", "top_k needs k");
        assertMessage("top_k:many", "k should be a whole number, but is many");
        assertMessage("top_p:1.5", "p should be from 0 to 1, but is 1.5");
        assertMessage("temp:-1", "t should be at least 0, but is -1");
        assertMessage("temp:NaN", "t should be at least 0");
        assertMessage("temp:0.5,0.6", "temp has several values without a name");
        assertMessage("penalties:repeat=0", "repeat should be above 0 and finite, but is 0");
        assertMessage("greedy:1", "greedy takes no nameless value");
        assertMessage("temp:1;cfg:2", "it may stand first only");
        assertMessage("dola:high;cfg:2", "it may stand first only");
        assertMessage("banned_strings:\"a", "a quote is not closed");
        assertMessage("banned_strings:a", "needs the texts of tokens");
        assertMessage("min_tokens:3", "needs to know the tokens that end a text");
    }

    private static void assertMessage(String chain, String part) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> left(chain), chain);
        assertTrue(String.valueOf(e.getMessage()).contains(part), e.getMessage());
    }

    @Test
    void disabledLinksChangeNothing() {
        for (String chain : List.of(
                "top_k:0",
                "top_k:-1",
                "top_k:7",
                "top_k:100",
                "top_p:1",
                "min_p:0",
                "typical:1",
                "top_a:0",
                "epsilon_cutoff:0",
                "eta_cutoff:0",
                "tail_free:1",
                "top_n_sigma:-1",
                "xtc:probability=0,threshold=0.1",
                "xtc:probability=1,threshold=0.6",
                "dry:0",
                "dry:multiplier=1,last_n=0",
                "penalties:repeat=1",
                "penalties:repeat=2,last_n=0",
                "no_repeat_ngram:0",
                "min_tokens:0",
                "temp:1")) {
            Sampler sampler = new Sampler(SamplerChain.parse(chain), new SplittableRandom(1));
            sampler.history().start(1, 3, 1, 3, 1);
            Candidates left = sampler.process(LOGITS);
            assertEquals(LOGITS.length, left.count(), chain);
            for (int i = 0; i < LOGITS.length; i++) {
                assertEquals(LOGITS[left.id(i)], left.logit(i), chain);
            }
        }
    }

    @Test
    void atLeastSoManyAreKept() {
        for (String link : List.of(
                "top_p:p=0",
                "min_p:p=1",
                "typical:p=0",
                "top_a:a=1",
                "epsilon_cutoff:epsilon=1",
                "eta_cutoff:epsilon=1",
                "tail_free:z=0")) {
            for (int keep = 0; keep <= 9; keep++) {
                int n = left(link + ",min_keep=" + keep).length;
                assertTrue(n >= Math.clamp(keep, 1, 7), link + " keeps " + n + " of " + keep);
            }
        }
        assertEquals(7, left("xtc:probability=1,threshold=0.01,min_keep=7").length);
    }

    @Test
    void ofEqualsTheLowerIdRanksFirst() {
        assertArrayEquals(new int[] {1}, left("greedy"));
        assertArrayEquals(new int[] {1}, left("temp:0"));
        assertArrayEquals(new int[] {1}, left("top_k:1"));
        assertArrayEquals(new int[] {1}, left("top_p:0.1"));
        assertArrayEquals(new int[] {1, 3}, left("top_n_sigma:0"));
        assertArrayEquals(new int[] {1, 3}, left("min_p:1"));
    }

    @Test
    void noNgramComesTwice() {
        assertArrayEquals(new int[] {0, 1, 2, 3, 5, 6}, left("no_repeat_ngram:3", 1, 2, 4, 0, 1, 2));
        assertArrayEquals(new int[] {0, 3, 5, 6}, left("no_repeat_ngram:1", 1, 2, 4, 1));
        assertArrayEquals(new int[] {0, 1, 2, 3, 4, 5, 6}, left("no_repeat_ngram:3", 1, 2));
    }

    @Test
    void forcedTokensComeFirstWhateverTheirLogits() {
        Sampler sampler = new Sampler(SamplerChain.parse("banned_tokens:5;forced_tokens:5|2"), new SplittableRandom(1));
        sampler.history().start(6, 6);
        assertEquals(5, sampler.sample(LOGITS));
        assertEquals(2, sampler.sample(LOGITS));
        Set<Integer> then = Set.of(0, 1, 2, 3, 4, 6);
        assertTrue(then.contains(sampler.sample(LOGITS)));
    }

    @Test
    void theEndWaitsForTheLeastNumberOfTokens() {
        Sampler sampler = new Sampler(SamplerChain.parse("min_tokens:n=2,end=1|3;greedy"), new SplittableRandom(1));
        sampler.history().start(1, 1, 1);
        assertEquals(6, sampler.sample(LOGITS));
        assertEquals(6, sampler.sample(LOGITS));
        assertEquals(1, sampler.sample(LOGITS));
    }

    /** However a text is tokenized, no banned string ever appears in it. */
    @Test
    void bannedStringsNeverAppear() throws IOException {
        TokenTexts texts = new TokenTexts(TokenizerFiles.open(TestData.path("models/TinyStories-656K")));
        float[] flat = new float[texts.size()];
        List<String> banned = List.of("the", " a", "\n", "ing ", "s.");
        SamplerChain chain = new SamplerChain(List.of(new BannedStrings(banned), new TopK(0)));
        SplittableRandom random = new SplittableRandom(8);
        Sampler sampler = new Sampler(chain, new SamplerRequest(new History(), random, texts, Set.of()));
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 3000; i++) {
            int id = sampler.sample(flat);
            text.append(
                    texts.isSpecial(id)
                            ? "\u0001"
                            : new String(texts.bytes(id), java.nio.charset.StandardCharsets.UTF_8));
        }
        for (String string : banned) {
            assertFalse(text.toString().contains(string), string + " in " + text);
        }
        assertTrue(text.length() > 3000);
    }

    @Test
    void brokenLogitsAreAnError() {
        float[] none = {Float.NaN, Float.NEGATIVE_INFINITY, Float.NaN};
        Sampler sampler = new Sampler(SamplerChain.DEFAULT, new SplittableRandom(1));
        assertThrows(IllegalStateException.class, () -> sampler.sample(none));
        float[] some = {Float.NaN, 1, Float.NEGATIVE_INFINITY};
        assertEquals(1, sampler.sample(some));
        Sampler all = new Sampler(SamplerChain.parse("banned_tokens:0|1|2"), new SplittableRandom(1));
        assertThrows(IllegalStateException.class, () -> all.sample(new float[3]));
    }
}
