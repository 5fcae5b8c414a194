package dev.keiryo.generate;

import dev.keiryo.tensor.Matrix;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A {@link SamplerChain} at work for one request: holds its history and working memory, and allocates nothing from token
 * to token. Not thread-safe.
 *
 * <p>Ties go to the lower id, so that greedy text is defined.
 */
public final class Sampler {
    private final SamplerChain chain;
    private final SamplerRequest request;
    private final List<SamplerLink.Stage> stages;
    private final Candidates candidates = new Candidates();
    private final @Nullable Guide guide;
    private boolean processed;

    /** Sees what is left after each link. */
    @FunctionalInterface
    public interface Observer {
        void after(SamplerLink link, Candidates candidates);
    }

    /** @throws IllegalArgumentException where a link needs something that {@code request} does not have */
    public Sampler(SamplerChain chain, SamplerRequest request) {
        this(chain, request, null);
    }

    /** As {@link #Sampler(SamplerChain, SamplerRequest)}, of the tokens that {@code guide} allows. */
    Sampler(SamplerChain chain, SamplerRequest request, @Nullable Guide guide) {
        this.chain = chain;
        this.request = request;
        this.guide = guide;
        this.stages = chain.links().stream().map(link -> link.start(request)).toList();
    }

    /** For chains that need no texts. */
    public Sampler(SamplerChain chain, RandomGenerator random) {
        this(chain, SamplerRequest.of(random));
    }

    /** The tokens so far: start it with the prompt's. */
    public History history() {
        return request.history();
    }

    /** Draws from row {@code row} of {@code all [rows, vocab]}, and adds the token to the history. */
    public int sample(Matrix all, int row) {
        load(all, row);
        return sample();
    }

    /** Draws from {@code logits [vocab]}, and adds the token to the history. */
    public int sample(float[] logits) {
        load(logits);
        return sample();
    }

    private void load(Matrix all, int row) {
        if (guide == null) {
            candidates.load(all, row);
        } else {
            candidates.load(all, row, guide.mask());
        }
    }

    private void load(float[] logits) {
        if (guide == null) {
            candidates.load(logits);
        } else {
            candidates.load(logits, guide.mask());
        }
    }

    private int sample() {
        process((link, left) -> {});
        int id = draw();
        accept(id);
        return id;
    }

    /** What the chain leaves of {@code logits [vocab]}; valid until the next call. */
    public Candidates process(float[] logits) {
        return process(logits, (link, left) -> {});
    }

    /** As {@link #process(float[])}, of row {@code row} of {@code all [rows, vocab]}. */
    Candidates process(Matrix all, int row) {
        load(all, row);
        return process((link, left) -> {});
    }

    /** As {@link #process(float[])}, telling {@code observer} after each link. */
    public Candidates process(float[] logits, Observer observer) {
        load(logits);
        return process(observer);
    }

    private Candidates process(Observer observer) {
        if (candidates.count() == 0 && guide != null) {
            throw new IllegalStateException("of the tokens that the constraint allows, none has a finite logit");
        }
        if (candidates.count() == 0) {
            throw new IllegalStateException("every logit is -infinity or not a number: the model's output is broken");
        }
        for (int i = 0; i < stages.size(); i++) {
            stages.get(i).apply(candidates);
            SamplerLink link = chain.links().get(i);
            if (candidates.count() == 0) {
                throw new IllegalStateException((guide == null ? "no token" : "no token that the constraint allows")
                        + " is left after " + link + " at position " + history().size() + "; let it leave some");
            }
            observer.after(link, candidates);
        }
        processed = true;
        return candidates;
    }

    /** Draws from the softmax over what {@link #process} left. The history stays as it is. */
    public int draw() {
        int n = candidates.count();
        if (n == 1) {
            return candidates.id(0);
        }
        double left = request.random().nextDouble();
        int last = 0;
        for (int i = 0; i < n; i++) {
            double p = candidates.probability(i);
            if (p > 0) {
                last = i;
                left -= p;
                if (left < 0) {
                    break;
                }
            }
        }
        return candidates.id(last);
    }

    /** Adds {@code id} to the history, and tells the links whose settings follow what was chosen. */
    public void accept(int id) {
        int i = processed ? candidates.indexOf(id) : -1;
        accept(id, i < 0 ? 0 : candidates.probability(i));
    }

    /** As {@link #accept}, of a token that there was no choice about. */
    void force(int id) {
        accept(id, 1);
    }

    private void accept(int id, double probability) {
        for (SamplerLink.Stage stage : stages) {
            stage.accept(id, probability);
        }
        request.history().add(id);
        if (guide != null) {
            guide.accept(id);
        }
        processed = false;
    }
}
