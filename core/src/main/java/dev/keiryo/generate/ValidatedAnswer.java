package dev.keiryo.generate;

import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.TextCheck;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * An answer that is checked after it has been given, for what no {@link Constraint} can hold it to: where it is not valid, it is
 * repaired, or asked for again with what was wrong.
 *
 * @param text the last answer, repaired where that made it valid
 * @param problem what is wrong with it, or null where it is valid
 * @param attempts all answers as they were given, the last one last
 */
public record ValidatedAnswer(String text, @Nullable String problem, List<String> attempts) {
    public ValidatedAnswer {
        attempts = List.copyOf(attempts);
    }

    public boolean isValid() {
        return problem == null;
    }

    /** Says what is wrong with a text. */
    @FunctionalInterface
    public interface Validator {
        /** What is wrong with {@code text}, in words that a model can make use of, or null where nothing is. */
        @Nullable
        String problem(String text);

        /** Texts of {@code language}. */
        static Validator of(Frame language) {
            return text -> {
                TextCheck check = TextCheck.of(language, text.getBytes(StandardCharsets.UTF_8));
                return check.isAccepted() ? null : check.toString();
            };
        }

        /** What this finds wrong, or else what {@code other} does. */
        default Validator and(Validator other) {
            return text -> {
                String problem = problem(text);
                return problem == null ? other.problem(text) : problem;
            };
        }
    }

    /** Makes the next prompt of an answer that was not valid. */
    @FunctionalInterface
    public interface Feedback {
        /** Repeats the prompt, shows the answer, and says what was wrong with it. */
        Feedback DEFAULT = (prompt, text, problem) -> prompt + text + "\n\nThis answer is not valid: " + problem
                + "\nThe same answer, corrected, and nothing else:\n";

        /** As a rule longer than {@code prompt}. */
        String prompt(String prompt, String text, String problem);
    }

    /**
     * What to do about answers that are not valid.
     *
     * @param validator says which are
     * @param repair tried on each before it is validated, e.g. {@code String::strip}
     * @param retries times to ask again, 0 or more
     * @param feedback how to ask again
     */
    public record Policy(Validator validator, UnaryOperator<String> repair, int retries, Feedback feedback) {
        public Policy {
            if (retries < 0) {
                throw new IllegalArgumentException("the number of retries should be at least 0, but is " + retries);
            }
        }

        /** Two retries, no repair. */
        public static Policy of(Validator validator) {
            return new Policy(validator, UnaryOperator.identity(), 2, Feedback.DEFAULT);
        }

        public Policy withRepair(UnaryOperator<String> newRepair) {
            return new Policy(validator, newRepair, retries, feedback);
        }

        public Policy withRetries(int newRetries) {
            return new Policy(validator, repair, newRetries, feedback);
        }

        public Policy withFeedback(Feedback newFeedback) {
            return new Policy(validator, repair, retries, newFeedback);
        }
    }

    /** Asks {@code model}, which answers a prompt with a text, until an answer is valid or there have been enough of them. */
    public static ValidatedAnswer ask(UnaryOperator<String> model, String prompt, Policy policy) {
        List<String> attempts = new ArrayList<>();
        String next = prompt;
        while (true) {
            String given = model.apply(next);
            attempts.add(given);
            String text = policy.repair.apply(given);
            String problem = policy.validator.problem(text);
            if (problem == null || attempts.size() > policy.retries) {
                return new ValidatedAnswer(text, problem, attempts);
            }
            next = policy.feedback.prompt(prompt, given, problem);
        }
    }
}
