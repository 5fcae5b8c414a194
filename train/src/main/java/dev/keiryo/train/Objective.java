package dev.keiryo.train;

import dev.keiryo.train.data.MaskedTokens;
import dev.keiryo.train.data.SpanCorruption;
import dev.keiryo.train.data.TokenBatch;
import dev.keiryo.train.tape.TrainBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What a model learns to tell of tokens. Immutable. */
public sealed interface Objective {
    /** Of steps, so that no validation has the chances of one. */
    long VALIDATION = Long.MIN_VALUE;

    /**
     * What a pass over {@code plain} learns from; nothing of it counts where the tokens are too few. What is chosen by chance follows
     * from seed and index alone.
     *
     * @param index of the pass in the run
     */
    Microbatch of(TokenBatch plain, long seed, long index);

    /**
     * The batches of a run.
     *
     * @param parts of a step
     */
    default Batches batches(TokenSource tokens, int parts, long seed) {
        return (step, part) -> of(tokens.get(step, part), seed, step * parts + part);
    }

    /** Batches to measure losses on, the same at every validation; those in which nothing counts are left out. */
    default Microbatch[] measured(TokenBatch[] tokens, long seed) {
        List<Microbatch> all = new ArrayList<>();
        for (int i = 0; i < tokens.length; i++) {
            Microbatch b = of(tokens[i], seed, VALIDATION + i);
            if (b.total() > 0) {
                all.add(b);
            }
        }
        return all.toArray(Microbatch[]::new);
    }

    /** The token that follows: decoders. */
    record NextToken() implements Objective {
        @Override
        public Microbatch of(TokenBatch plain, long seed, long index) {
            return Microbatch.of(plain);
        }
    }

    /** Tokens that are hidden, from all around them: encoders. */
    record Masked(MaskedTokens corruption) implements Objective {
        @Override
        public Microbatch of(TokenBatch plain, long seed, long index) {
            return Microbatch.of(corruption.corrupt(plain, seed, index));
        }
    }

    /**
     * Spans that are taken out of a document: an encoder reads what is left, a decoder tells what is gone. Documents of one token are
     * left out.
     *
     * @param start what the decoder's texts begin with
     */
    record Spans(SpanCorruption corruption, int start) implements Objective {
        @Override
        public Microbatch of(TokenBatch plain, long seed, long index) {
            List<int[]> inputs = new ArrayList<>();
            List<int[]> outputs = new ArrayList<>();
            int[] starts = plain.starts();
            for (int d = 0; d < starts.length; d++) {
                int end = d + 1 < starts.length ? starts[d + 1] : plain.ids().length;
                int[] document = Arrays.copyOfRange(plain.ids(), starts[d], end);
                if (corruption.takes(document)) {
                    SpanCorruption.Pair pair = corruption.corrupt(document, seed, index, d);
                    inputs.add(pair.inputs());
                    outputs.add(pair.targets());
                }
            }
            if (inputs.isEmpty()) {
                TrainBatch nothing = new TrainBatch(new int[] {start}, new int[] {0}, new int[0]);
                return new Microbatch(nothing, nothing, new int[0], new float[0]);
            }
            int[] targets = joined(outputs);
            float[] weights = new float[targets.length];
            Arrays.fill(weights, 1);
            int[] ids = joined(outputs.stream().map(this::shifted).toList());
            return new Microbatch(batch(joined(inputs), inputs), batch(ids, outputs), targets, weights);
        }

        /** What the decoder reads to tell {@code targets}: each token but the last, behind the start. */
        private int[] shifted(int[] targets) {
            int[] ids = new int[targets.length];
            ids[0] = start;
            System.arraycopy(targets, 0, ids, 1, ids.length - 1);
            return ids;
        }

        private static int[] joined(List<int[]> parts) {
            return parts.stream().flatMapToInt(Arrays::stream).toArray();
        }

        /** Documents as long as {@code parts}, one after the other, all of whose rows count. */
        private static TrainBatch batch(int[] ids, List<int[]> parts) {
            int[] starts = new int[parts.size()];
            for (int d = 1; d < starts.length; d++) {
                starts[d] = starts[d - 1] + parts.get(d - 1).length;
            }
            int[] all = new int[ids.length];
            Arrays.setAll(all, i -> i);
            return new TrainBatch(ids, starts, all);
        }
    }
}
