package dev.keiryo.synth;

/**
 * The hyperparameters of a model, without its weights.
 *
 * @param name as files of the model are named
 * @param layers number of layers
 * @param hidden width of the residual stream
 * @param ffn width of the feed-forward, or of one expert
 * @param heads query heads of an attention
 * @param kvHeads key/value heads; divides {@code heads}
 * @param headDim numbers of a head
 * @param vocabulary tokens; at least {@link SyntheticVocabulary#SMALLEST}
 * @param context positions
 * @param experts of each feed-forward; 0 for one that all tokens go through
 * @param expertsUsed by a token
 * @param tied whether the embedding is the output matrix too
 * @param epsilon of the norms
 * @param ropeBase of the rotary positions; unused with learned ones
 * @param ropeFactor of Llama 3's scaling of slow rotations, 0 for none
 * @param window positions that the sliding layers see, 0 for none
 */
public record ModelShape(
        String name,
        Family family,
        int layers,
        int hidden,
        int ffn,
        int heads,
        int kvHeads,
        int headDim,
        int vocabulary,
        int context,
        int experts,
        int expertsUsed,
        boolean tied,
        float epsilon,
        float ropeBase,
        float ropeFactor,
        int window) {
    public ModelShape {
        require(layers > 0 && hidden > 0 && ffn > 0 && heads > 0 && context > 0, "counts should be positive");
        require(kvHeads > 0 && heads % kvHeads == 0, kvHeads + " key/value heads do not divide " + heads + " heads");
        require(headDim > 0 && headDim % 2 == 0, "heads of " + headDim + " numbers are not of even size");
        require(
                vocabulary >= SyntheticVocabulary.SMALLEST,
                "the vocabulary should have at least " + SyntheticVocabulary.SMALLEST + " tokens, but has "
                        + vocabulary);
        require(experts >= 0 && expertsUsed >= 0 && expertsUsed <= experts, "more experts are used than there are");
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    boolean has(Family.Trait trait) {
        return family.has(trait);
    }

    int queryWidth() {
        return heads * headDim;
    }

    int keyWidth() {
        return kvHeads * headDim;
    }

    /**
     * The same with other experts in each feed-forward.
     *
     * @param newExperts 0 for as many as there are
     * @param newUsed of which each token uses so many; 0 for as many as it does
     * @throws IllegalArgumentException where the numbers do not fit together
     */
    public ModelShape withExperts(int newExperts, int newUsed) {
        require(
                experts > 0 || (newExperts == 0 && newUsed == 0),
                name + " has no experts; mixtral-small and olmoe-1b-7b have");
        return new ModelShape(
                name,
                family,
                layers,
                hidden,
                ffn,
                heads,
                kvHeads,
                headDim,
                vocabulary,
                context,
                newExperts == 0 ? experts : newExperts,
                newUsed == 0 ? expertsUsed : newUsed,
                tied,
                epsilon,
                ropeBase,
                ropeFactor,
                window);
    }

    /**
     * The same with other numbers, 0 for those that stay. Heads keep their size where it is no consequence of the others,
     * and key/value heads their share of the heads.
     *
     * @throws IllegalArgumentException where the numbers do not fit together
     */
    public ModelShape with(
            int newLayers, int newHidden, int newFfn, int newHeads, int newKvHeads, int newVocabulary, int newContext) {
        int h = newHidden == 0 ? hidden : newHidden;
        int n = newHeads == 0 ? heads : newHeads;
        int kv = newKvHeads != 0 ? newKvHeads : newHeads == 0 ? kvHeads : Math.max(1, newHeads / (heads / kvHeads));
        boolean derived = heads * headDim == hidden;
        require(!derived || (n > 0 && h % n == 0), h + " numbers are not shared evenly by " + n + " heads");
        return new ModelShape(
                name,
                family,
                newLayers == 0 ? layers : newLayers,
                h,
                newFfn == 0 ? ffn : newFfn,
                n,
                kv,
                derived ? h / n : headDim,
                newVocabulary == 0 ? vocabulary : newVocabulary,
                newContext == 0 ? context : newContext,
                experts,
                expertsUsed,
                tied,
                epsilon,
                ropeBase,
                ropeFactor,
                window);
    }
}
