package dev.keiryo.prompt;

import java.util.List;

/**
 * A task for a model, in parts. Immutable; a {@link PromptRenderer} makes text of it. Zero-shot without examples, one- or
 * few-shot with them.
 *
 * @param system who the model is; may be empty
 * @param instruction what is to be done
 * @param constraints what to heed, one each
 * @param outputFormat what the answer should look like; may be empty
 * @param context texts to draw on, the most important first
 * @param examples from which {@code selection} chooses
 * @param selection which examples are shown
 * @param reasoning whether the model is to think before it answers
 * @param input what the task is to be done with; may be empty
 * @param language of titles and of what asks for steps
 */
public record Prompt(
        String system,
        String instruction,
        List<String> constraints,
        String outputFormat,
        List<Passage> context,
        List<Example> examples,
        ExampleSelection selection,
        Reasoning reasoning,
        String input,
        Language language) {
    public Prompt {
        if (instruction.isBlank()) {
            throw new IllegalArgumentException("the prompt has no instruction");
        }
        constraints = List.copyOf(constraints);
        context = List.copyOf(context);
        examples = List.copyOf(examples);
        for (int i = 0; reasoning.rationales() && i < examples.size(); i++) {
            if (examples.get(i).rationale().isBlank()) {
                throw new IllegalArgumentException("example " + (i + 1) + " has no rationale, which reasoning "
                        + reasoning + " shows; write one, or take reasoning " + Reasoning.STEPS);
            }
        }
        if (reasoning == Reasoning.RATIONALES && examples.isEmpty()) {
            throw new IllegalArgumentException("reasoning " + reasoning
                    + " needs examples with rationales; without any," + " take reasoning " + Reasoning.STEPS);
        }
    }

    /** Nothing but an instruction, in the language it is written in. */
    public static Prompt of(String instruction) {
        return new Prompt(
                "",
                instruction,
                List.of(),
                "",
                List.of(),
                List.of(),
                ExampleSelection.all(),
                Reasoning.NONE,
                "",
                Language.of(instruction));
    }

    /**
     * With those examples only that its selection chooses, in its order.
     *
     * @throws IllegalArgumentException where that leaves none, and the reasoning needs some
     */
    public Prompt selected() {
        return withExamples(selection.select(examples, input), ExampleSelection.all());
    }

    public Prompt withSystem(String newSystem) {
        return new Prompt(
                newSystem,
                instruction,
                constraints,
                outputFormat,
                context,
                examples,
                selection,
                reasoning,
                input,
                language);
    }

    public Prompt withConstraints(List<String> newConstraints) {
        return new Prompt(
                system,
                instruction,
                newConstraints,
                outputFormat,
                context,
                examples,
                selection,
                reasoning,
                input,
                language);
    }

    public Prompt withOutputFormat(String newFormat) {
        return new Prompt(
                system, instruction, constraints, newFormat, context, examples, selection, reasoning, input, language);
    }

    public Prompt withContext(List<Passage> newContext) {
        return new Prompt(
                system,
                instruction,
                constraints,
                outputFormat,
                newContext,
                examples,
                selection,
                reasoning,
                input,
                language);
    }

    public Prompt withExamples(List<Example> newExamples, ExampleSelection newSelection) {
        return new Prompt(
                system,
                instruction,
                constraints,
                outputFormat,
                context,
                newExamples,
                newSelection,
                reasoning,
                input,
                language);
    }

    public Prompt withReasoning(Reasoning newReasoning) {
        return new Prompt(
                system,
                instruction,
                constraints,
                outputFormat,
                context,
                examples,
                selection,
                newReasoning,
                input,
                language);
    }

    public Prompt withInput(String newInput) {
        return new Prompt(
                system,
                instruction,
                constraints,
                outputFormat,
                context,
                examples,
                selection,
                reasoning,
                newInput,
                language);
    }
}
