package dev.keiryo.train.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.train.data.StreamOptions.Packing;
import dev.keiryo.train.tape.TrainBatch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each token once in an epoch, in any order that can be taken up again. */
class TokenStreamTest {
    private static final int VOCABULARY = 1 << 20;

    /** Documents whose tokens are their positions in the file. */
    private static TokenFile numbered(int... lengths) throws IOException {
        int[][] documents = new int[lengths.length][];
        int next = 0;
        for (int d = 0; d < lengths.length; d++) {
            documents[d] = new int[lengths[d]];
            for (int i = 0; i < lengths[d]; i++) {
                documents[d][i] = next++;
            }
        }
        return TokenFileTest.file(VOCABULARY, documents);
    }

    private static int[] lengths(int count, int most, long seed) {
        Random random = new Random(seed);
        int[] lengths = new int[count];
        for (int i = 0; i < count; i++) {
            lengths[i] = random.nextInt(10) == 0 ? 1 : random.nextInt(1, most);
        }
        return lengths;
    }

    @ParameterizedTest
    @EnumSource(Packing.class)
    void anEpochHasEachTokenOnceAndEachPairOnce(Packing packing) throws IOException {
        for (int context : new int[] {2, 7, 16, 64}) {
            for (int[] lengths : new int[][] {lengths(200, 40, context), {1}, {1, 1, 1}, {64}, {65, 64, 63}, {500}}) {
                try (TokenFile file = numbered(lengths)) {
                    TokenStream stream = new TokenStream(file, new StreamOptions(context, 1, packing, 9));
                    BitSet tokens = new BitSet();
                    int rows = 0;
                    int pairs = 0;
                    for (long step = 0; step < stream.steps(); step++) {
                        TokenBatch batch = stream.batch(step);
                        assertTrue(batch.ids().length <= context);
                        rows += batch.ids().length;
                        for (int i = 0; i < batch.ids().length; i++) {
                            int token = batch.ids()[i];
                            assertFalse(tokens.get(token), "token " + token + " twice");
                            tokens.set(token);
                            boolean last = file.start(file.document(token) + 1) == token + 1;
                            assertEquals(last ? 0 : 1, batch.weights()[i]);
                            assertEquals(last ? 0 : token + 1, batch.targets()[i]);
                            pairs += last ? 0 : 1;
                        }
                        checkDocuments(file, batch);
                    }
                    assertEquals(file.tokens(), rows);
                    assertEquals(file.tokens(), tokens.cardinality());
                    assertEquals(file.tokens() - file.documents(), pairs);
                }
            }
        }
    }

    /** Rows from one start to the next are neighbours in one document. */
    private static void checkDocuments(TokenFile file, TokenBatch batch) {
        assertEquals(0, batch.starts()[0]);
        for (int d = 0; d < batch.starts().length; d++) {
            int from = batch.starts()[d];
            int to = d + 1 < batch.starts().length ? batch.starts()[d + 1] : batch.ids().length;
            for (int i = from + 1; i < to; i++) {
                assertEquals(batch.ids()[i - 1] + 1, batch.ids()[i]);
                assertEquals(file.document(batch.ids()[from]), file.document(batch.ids()[i]));
            }
        }
        TrainBatch train = batch.batch();
        assertEquals(batch.ids().length, train.count());
        assertEquals(batch.starts().length, train.documents());
        assertEquals(batch.outputs().length, batch.targets(batch.outputs()).length);
        assertEquals(batch.outputs().length, batch.weights(batch.outputs()).length);
    }

    @Test
    void bestFitCutsOnlyWhatIsLongerThanAWindow() throws IOException {
        int[] lengths = lengths(500, 64, 4);
        lengths[17] = 150;
        try (TokenFile file = numbered(lengths)) {
            TokenStream stream = new TokenStream(file, new StreamOptions(64, 1, Packing.BEST_FIT, 1));
            int pieces = 0;
            for (long step = 0; step < stream.steps(); step++) {
                TokenBatch batch = stream.batch(step);
                pieces += batch.starts().length;
                for (int d = 0; d < batch.starts().length; d++) {
                    int from = batch.ids()[batch.starts()[d]];
                    long document = file.document(from);
                    assertEquals(0, (from - file.start(document)) % 64);
                }
            }
            assertEquals(502, pieces);
            assertTrue(stream.fill() > 0.97, "fill " + stream.fill());
        }
        // 7 + 3, 6 + 4, 5 + 5: best-fit decreasing needs no fourth window
        try (TokenFile file = numbered(3, 5, 7, 4, 5, 6)) {
            assertEquals(3, new TokenStream(file, new StreamOptions(10, 1, Packing.BEST_FIT, 1)).windows());
        }
    }

    @ParameterizedTest
    @EnumSource(Packing.class)
    void anyStepIsTheSameAfterARestart(Packing packing) throws IOException {
        try (TokenFile file = numbered(lengths(300, 50, 2));
                TokenFile again = numbered(lengths(300, 50, 2))) {
            StreamOptions options = new StreamOptions(32, 3, packing, 123);
            TokenStream stream = new TokenStream(file, options);
            List<TokenBatch> first = new ArrayList<>();
            for (long step = 0; step < 2 * stream.steps() + 5; step++) {
                first.add(stream.batch(step));
            }
            for (int step = first.size() - 1; step >= 0; step -= 7) {
                assertEquals(first.get(step), new TokenStream(again, options).batch(step));
            }
            TokenStream other = new TokenStream(file, new StreamOptions(32, 3, packing, 124));
            assertNotEquals(first.getFirst(), other.batch(0));
            // another order in the next epoch
            long windows = stream.windows();
            TokenStream single = new TokenStream(file, new StreamOptions(32, 1, packing, 123));
            long same = 0;
            for (long w = 0; w < windows; w++) {
                same += single.batch(w).equals(single.batch(windows + w)) ? 1 : 0;
            }
            assertTrue(same < windows / 4, same + " of " + windows);
        }
    }

    @Test
    void batchesCrossTheEndOfAnEpoch() throws IOException {
        try (TokenFile file = numbered(10, 10, 10, 10, 10)) {
            TokenStream stream = new TokenStream(file, new StreamOptions(10, 2, Packing.CONCATENATE, 5));
            assertEquals(5, stream.windows());
            assertEquals(3, stream.steps());
            int[] seen = new int[50];
            for (long step = 0; step < 5; step++) { // two epochs
                for (int id : stream.batch(step).ids()) {
                    seen[id]++;
                }
            }
            for (int times : seen) {
                assertEquals(2, times);
            }
            assertEquals(20, stream.batch(1_000_000_000_000L).ids().length);
            assertThrows(IllegalArgumentException.class, () -> new StreamOptions(1, 1, Packing.CONCATENATE, 0));
        }
    }

    @Test
    void validationIsInOrder() throws IOException {
        try (TokenFile file = numbered(4, 9, 3)) {
            TokenStream stream = new TokenStream(file, new StreamOptions(5, 2, Packing.CONCATENATE, 5));
            assertArrayEquals(
                    new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, stream.inOrder(0).ids());
            assertArrayEquals(new int[] {0, 4, 5}, stream.inOrder(0).starts());
            assertArrayEquals(
                    new float[] {1, 1, 1, 0, 1, 1, 1, 1, 1, 1},
                    stream.inOrder(0).weights());
            assertArrayEquals(
                    new int[] {10, 11, 12, 13, 14, 15}, stream.inOrder(1).ids());
            assertArrayEquals(new int[] {0, 3, 5}, stream.inOrder(1).starts());
            assertThrows(IllegalArgumentException.class, () -> stream.inOrder(2));
        }
    }

    @Test
    void permutationsAreBijectionsThatLookRandom() {
        for (long size : new long[] {1, 2, 3, 4, 5, 7, 16, 17, 100, 1000, 4097}) {
            for (long key = 0; key < 20; key++) {
                Permutation permutation = new Permutation(size, key);
                BitSet seen = new BitSet();
                for (long i = 0; i < size; i++) {
                    long at = permutation.at(i);
                    assertTrue(at >= 0 && at < size);
                    seen.set((int) at);
                }
                assertEquals(size, seen.cardinality());
            }
        }
        long huge = (1L << 40) + 12345;
        Permutation permutation = new Permutation(huge, 3);
        assertTrue(permutation.at(huge - 1) < huge && permutation.at(0) >= 0);
        // each number is about as often first under random keys
        int[] first = new int[10];
        for (long key = 0; key < 10_000; key++) {
            first[(int) new Permutation(10, key).at(0)]++;
        }
        for (int times : first) {
            assertEquals(1000, times, 200);
        }
        // neighbours do not stay neighbours
        Permutation large = new Permutation(100_000, 8);
        int adjacent = 0;
        for (long i = 1; i < 100_000; i++) {
            adjacent += Math.abs(large.at(i) - large.at(i - 1)) == 1 ? 1 : 0;
        }
        assertTrue(adjacent < 20, "adjacent " + adjacent);
    }
}
