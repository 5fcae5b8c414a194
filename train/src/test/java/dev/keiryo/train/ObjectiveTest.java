package dev.keiryo.train;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.keiryo.train.data.MaskedTokens;
import dev.keiryo.train.data.SpanCorruption;
import dev.keiryo.train.data.TokenBatch;
import dev.keiryo.train.tape.TrainBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ObjectiveTest {
    private static final int START = 0;
    private static final int END = 1;
    private static final int MASK = 2;
    private static final int FIRST_SENTINEL = 900;

    /** Documents of so many tokens from 100 on, each with an end. */
    private static TokenBatch documents(int... lengths) {
        int[] ids = new int[IntStream.of(lengths).sum()];
        int[] starts = new int[lengths.length];
        int at = 0;
        for (int d = 0; d < lengths.length; d++) {
            starts[d] = at;
            for (int i = 0; i < lengths[d]; i++) {
                ids[at] = i == lengths[d] - 1 ? END : 100 + at;
                at++;
            }
        }
        return new TokenBatch(ids, starts, new int[at], new float[at]);
    }

    private static List<Integer> document(TrainBatch batch, int d) {
        List<Integer> ids = new ArrayList<>();
        for (int i = batch.start(d); i < batch.start(d + 1); i++) {
            ids.add(batch.id(i));
        }
        return ids;
    }

    @Test
    void spansPutBackGiveTheDocuments() {
        int[] sentinels = IntStream.range(0, 20).map(i -> FIRST_SENTINEL + i).toArray();
        Objective spans = new Objective.Spans(SpanCorruption.of(sentinels, END), START);
        TokenBatch plain = documents(40, 2, 3, 25);
        Microbatch b = spans.of(plain, 3, 5);
        TrainBatch source = requireNonNull(b.source());
        assertEquals(3, source.documents(), "the second has one token and its end");
        assertEquals(3, b.tokens().documents());
        int[] kept = {0, 2, 3};
        for (int d = 0; d < 3; d++) {
            int from = b.tokens().start(d);
            int to = b.tokens().start(d + 1);
            assertEquals(START, b.tokens().id(from));
            for (int i = from + 1; i < to; i++) {
                assertEquals(b.targets()[i - 1], b.tokens().id(i));
            }
            List<Integer> whole = new ArrayList<>();
            for (int id : document(source, d)) {
                if (id < FIRST_SENTINEL) {
                    whole.add(id);
                }
                for (int i = from; id >= FIRST_SENTINEL && i < to; i++) {
                    if (b.targets()[i] == id) {
                        for (int j = i + 1; b.targets()[j] < FIRST_SENTINEL && b.targets()[j] != END; j++) {
                            whole.add(b.targets()[j]);
                        }
                    }
                }
            }
            int first = plain.starts()[kept[d]];
            int last = kept[d] == 3 ? plain.ids().length : plain.starts()[kept[d] + 1];
            assertEquals(Arrays.stream(plain.ids(), first, last).boxed().toList(), whole, "document " + kept[d]);
        }
        assertEquals(b.targets().length, b.total());
        assertEquals(source.count() + b.tokens().count(), b.count());
    }

    @Test
    void nothingToTakeOutIsNothingToLearn() {
        Objective spans = new Objective.Spans(SpanCorruption.of(new int[] {900}, END), START);
        Microbatch b = spans.of(documents(2, 2), 1, 1);
        assertEquals(0, b.total());
        assertEquals(0, spans.measured(new TokenBatch[] {documents(2)}, 1).length);
    }

    @Test
    void maskedTokensAreTheRowsThatCount() {
        Objective masked = new Objective.Masked(new MaskedTokens(MASK, 1000, 0.2, id -> id < 100));
        TokenBatch plain = documents(30, 30);
        Microbatch b = masked.of(plain, 3, 5);
        assertEquals(12, b.total(), "a fifth of 58");
        List<Integer> targets = Arrays.stream(b.targets()).boxed().toList();
        int hidden = 0;
        for (int i = 0; i < 60; i++) {
            if (b.tokens().id(i) != plain.ids()[i]) {
                hidden++;
                assertEquals(true, targets.contains(plain.ids()[i]));
            }
        }
        assertFalse(hidden == 0 || hidden > 12);
    }

    @Test
    void validationsAreAlikeAndStepsAreNot() {
        Objective masked = new Objective.Masked(new MaskedTokens(MASK, 1000, 0.2, id -> id < 100));
        TokenBatch plain = documents(30, 30);
        TokenBatch[] twice = {plain, plain};
        Microbatch[] once = masked.measured(twice, 7);
        Microbatch[] again = masked.measured(twice, 7);
        assertArrayEquals(once[0].targets(), again[0].targets());
        assertArrayEquals(once[1].targets(), again[1].targets());
        assertNotEquals(Arrays.toString(once[0].targets()), Arrays.toString(once[1].targets()));
        Batches batches = masked.batches((step, part) -> plain, 2, 7);
        String first = Arrays.toString(batches.get(0, 0).targets());
        assertNotEquals(first, Arrays.toString(batches.get(0, 1).targets()));
        assertNotEquals(first, Arrays.toString(batches.get(1, 0).targets()));
        assertNotEquals(first, Arrays.toString(once[0].targets()));
    }
}
