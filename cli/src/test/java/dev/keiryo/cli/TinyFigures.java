package dev.keiryo.cli;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.chat.ChatTemplate;
import dev.keiryo.chat.Message;
import dev.keiryo.chat.RenderOptions;
import dev.keiryo.generate.GenerateOptions;
import dev.keiryo.generate.SamplerChain;
import dev.keiryo.train.primer.Facts;
import dev.keiryo.train.primer.Language;
import dev.keiryo.train.primer.Recall;
import dev.keiryo.train.primer.Sums;
import dev.keiryo.train.primer.Turn;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Counts what docs/KEIRYO-TINY.md says that keiryo-tiny can. */
final class TinyFigures {
    private TinyFigures() {}

    /** Prints the card's table for a model's file. */
    public static void main(String[] args) throws IOException {
        try (LanguageModel model = Keiryo.load(Path.of(args[0]))) {
            ChatTemplate template = ChatTemplate.of(model);
            int n = Integer.parseInt(args[1]);
            for (Language language : Language.values()) {
                SplittableRandom random = new SplittableRandom(11);
                for (Sums.Operation operation : Sums.Operation.values()) {
                    for (boolean heldOut : new boolean[] {false, true}) {
                        System.out.println(language + " " + operation + (heldOut ? "_HELD_OUT " : "_SHOWN ")
                                + sums(model, template, language, operation, heldOut, n, random) + " of " + n);
                    }
                }
                System.out.println(language + " recall " + recall(model, template, language, n, random) + " of " + n);
                System.out.println(language + " facts " + facts(model, template, language, n, random) + " of " + n);
            }
        }
    }

    /** What the model answers at temperature 0. */
    static String answer(LanguageModel model, ChatTemplate template, String question) throws IOException {
        String prompt = template.render(
                List.of(Message.user(question)),
                List.of(),
                RenderOptions.at(LocalDateTime.of(2026, 1, 1, 0, 0)).withGenerationPrompt(true));
        StringBuilder text = new StringBuilder();
        GenerateOptions options =
                GenerateOptions.DEFAULT.withChain(SamplerChain.GREEDY).withMaxTokens(300);
        model.generator().generate(template.encode(model.tokenizer(), prompt), options, part -> {
            text.append(part);
            return true;
        });
        return text.toString().strip();
    }

    /** How many of {@code n} problems have the right result. */
    static int sums(
            LanguageModel model,
            ChatTemplate template,
            Language language,
            Sums.Operation operation,
            boolean heldOut,
            int n,
            RandomGenerator random)
            throws IOException {
        int right = 0;
        for (int i = 0; i < n; i++) {
            Sums.Problem problem = Sums.draw(heldOut, random);
            while (problem.operation() != operation) {
                problem = Sums.draw(heldOut, random);
            }
            String end = "= " + problem.result() + (language == Language.ENGLISH ? "." : "です。");
            right += answer(model, template, Sums.question(problem, language, random))
                            .endsWith(end)
                    ? 1
                    : 0;
        }
        return right;
    }

    /** How many of {@code n} times it says words again, or who has what, to the letter. */
    static int recall(LanguageModel model, ChatTemplate template, Language language, int n, RandomGenerator random)
            throws IOException {
        int right = 0;
        for (int i = 0; i < n; i++) {
            List<Turn> turns = Recall.conversation(language, random);
            right += answer(model, template, turns.getFirst().text())
                            .equals(turns.get(1).text())
                    ? 1
                    : 0;
        }
        return right;
    }

    /** How many of {@code n} questions it answers to the letter as the primer does. */
    static int facts(LanguageModel model, ChatTemplate template, Language language, int n, RandomGenerator random)
            throws IOException {
        int right = 0;
        for (int i = 0; i < n; i++) {
            List<Turn> turns = Facts.ask(language, random);
            right += answer(model, template, turns.getFirst().text())
                            .equals(turns.getLast().text())
                    ? 1
                    : 0;
        }
        return right;
    }
}
