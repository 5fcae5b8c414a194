package dev.keiryo.train.optimize;

import dev.keiryo.quantize.Recipe;
import dev.keiryo.tensor.Weight;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Weights that are trained alike.
 *
 * @param name for messages
 * @param members which weights; of several groups that a weight would be in, the first counts
 * @param weightDecay λ of each optimizer's equation, 0 or more
 * @param learningRate a factor of the run's, above 0
 */
public record ParameterGroup(String name, Predicate<Weight> members, double weightDecay, double learningRate) {
    public ParameterGroup {
        if (!(weightDecay >= 0 && weightDecay < 1e6)) {
            throw new IllegalArgumentException(
                    name + ": the weight decay should be a number, 0 or more, but is " + weightDecay);
        }
        if (!(learningRate > 0 && learningRate < 1e6)) {
            throw new IllegalArgumentException(
                    name + ": the factor of the learning rate should be a number above 0, but is " + learningRate);
        }
    }

    /** A weight and how it is trained. */
    public record Member(Weight weight, ParameterGroup group) {}

    /**
     * Matrices, token embeddings among them, decay by {@code weightDecay}; norms, biases, embeddings of positions and of segments,
     * relative position biases and routers do not.
     */
    public static List<ParameterGroup> usual(double weightDecay) {
        return List.of(
                new ParameterGroup("matrices", w -> Recipe.isMatrix(w.name(), w.shape()), weightDecay, 1),
                new ParameterGroup("others", w -> true, 0, 1));
    }

    /**
     * Weights with a name that {@code expression} finds a part of.
     *
     * @throws IllegalArgumentException where that is no regular expression
     */
    public static ParameterGroup named(String expression, double weightDecay, double learningRate) {
        Pattern pattern = Pattern.compile(expression);
        return new ParameterGroup(expression, w -> pattern.matcher(w.name()).find(), weightDecay, learningRate);
    }

    /**
     * Each weight with its group.
     *
     * @throws IllegalArgumentException where a weight is in no group
     */
    public static List<Member> assign(Collection<Weight> weights, List<ParameterGroup> groups) {
        List<Member> members = new ArrayList<>();
        for (Weight w : weights) {
            ParameterGroup group = groups.stream()
                    .filter(g -> g.members().test(w))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            w.name() + " is trained, but in no group of parameters; let the last group take all"));
            members.add(new Member(w, group));
        }
        return members;
    }
}
