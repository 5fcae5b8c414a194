package dev.keiryo.train;

import dev.keiryo.train.tape.ExpertUse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How mixtures of experts were used, all layers together.
 *
 * @param imbalance the largest share of tokens that an expert of a layer got, times the number of experts, mean of the layers: 1 where all
 *     have as many
 * @param unserved the share of choices that no expert had room for
 * @param loss what keeps experts balanced and routers small, sum of the layers; not a part of a step's loss
 */
public record ExpertFigures(double imbalance, double unserved, double loss) {
    /**
     * Of all layers of all passes of a step; null where there are none.
     *
     * @param passes of a step
     */
    static @Nullable ExpertFigures of(List<List<ExpertUse>> passes) {
        List<ExpertUse> all = passes.stream().flatMap(List::stream).toList();
        if (all.isEmpty()) {
            return null;
        }
        double unserved = 0;
        double choices = 0;
        double imbalance = 0;
        double loss = 0;
        for (ExpertUse use : all) {
            imbalance += use.imbalance() / all.size();
            loss += use.loss();
            unserved += use.unserved();
            choices += use.unserved();
            for (int n : use.tokens()) {
                choices += n;
            }
        }
        return new ExpertFigures(imbalance, choices == 0 ? 0 : unserved / choices, loss);
    }
}
