package dev.keiryo.train.primer;

import dev.keiryo.train.data.Mix;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Sums worked out step by step: digit by digit with carries, multiplication by tens and ones, and little stories with numbers. */
public final class Sums {
    private Sums() {}

    /** What is done with two numbers. */
    public enum Operation {
        ADD('+', "plus", "足す"),
        SUBTRACT('-', "minus", "引く"),
        MULTIPLY('×', "times", "かける");

        private final char sign;
        private final String english;
        private final String japanese;

        Operation(char sign, String english, String japanese) {
            this.sign = sign;
            this.english = english;
            this.japanese = japanese;
        }

        int of(int a, int b) {
            return switch (this) {
                case ADD -> a + b;
                case SUBTRACT -> a - b;
                case MULTIPLY -> a * b;
            };
        }
    }

    /** Two numbers and what is done with them. */
    public record Problem(int a, Operation operation, int b) {
        public int result() {
            return operation.of(a, b);
        }

        /**
         * Whether training never sees it: of those with a number of two digits or more one in ten, by bits mixed from both numbers, so that
         * they are of every kind. What is the same the other way round is held out both ways.
         */
        public boolean heldOut() {
            boolean turns = operation != Operation.SUBTRACT;
            int first = turns ? Math.max(a, b) : a;
            int second = turns ? Math.min(a, b) : b;
            return (a > 9 || b > 9) && Math.floorMod(Mix.mix(first, second, operation.sign), 10) == 0;
        }

        @Override
        public String toString() {
            return a + " " + operation.sign + " " + b;
        }
    }

    /** A problem that is held out, or one that is not. */
    public static Problem draw(boolean heldOut, RandomGenerator random) {
        while (true) {
            Problem problem = draw(random);
            if (problem.heldOut() == heldOut) {
                return problem;
            }
        }
    }

    private static Problem draw(RandomGenerator random) {
        Operation operation = switch (random.nextInt(9)) {
            case 0, 1, 2, 3 -> Operation.ADD;
            case 4, 5, 6 -> Operation.SUBTRACT;
            default -> Operation.MULTIPLY;
        };
        int a = 1 + random.nextInt(random.nextInt(3) == 0 ? 9 : 99);
        int b = 1 + random.nextInt(random.nextInt(3) == 0 ? 9 : 99);
        return switch (operation) {
            case ADD -> new Problem(a, operation, b);
            case SUBTRACT -> new Problem(Math.max(a, b), operation, Math.min(a, b));
            case MULTIPLY -> new Problem(a, operation, 1 + b % 9);
        };
    }

    /** The steps, and the result last: {@code 7 + 8 = 15, write 5, carry 1. 4 + 3 + 1 = 8. So 47 + 38 = 85.} */
    public static String worked(Problem p, Language language) {
        boolean english = language == Language.ENGLISH;
        String whole = p + " = " + p.result();
        if (p.a() < 10 && p.b() < 10) {
            return whole + (english ? "." : "です。");
        }
        List<String> steps = switch (p.operation()) {
            case ADD -> adding(p.a(), p.b(), english);
            case SUBTRACT -> subtracting(p.a(), p.b(), english);
            case MULTIPLY -> multiplying(p.a(), p.b());
        };
        return english
                ? String.join(". ", steps) + ". So " + whole + "."
                : String.join("。", steps) + "。だから、" + whole + "です。";
    }

    private static List<String> adding(int a, int b, boolean english) {
        List<String> steps = new ArrayList<>();
        int carry = 0;
        for (int x = a, y = b; x > 0 || y > 0; x /= 10, y /= 10) {
            int sum = x % 10 + y % 10 + carry;
            String line = x % 10 + " + " + y % 10 + (carry > 0 ? " + 1" : "") + " = " + sum;
            boolean more = x > 9 || y > 9;
            carry = sum / 10;
            if (more && carry > 0) {
                line += english ? ", write " + sum % 10 + ", carry 1" : "、" + sum % 10 + "を書いて1くり上がる";
            }
            steps.add(line);
        }
        return steps;
    }

    private static List<String> subtracting(int a, int b, boolean english) {
        List<String> steps = new ArrayList<>();
        int borrow = 0;
        for (int x = a, y = b; x > 0 || y > 0; x /= 10, y /= 10) {
            int top = x % 10;
            int left = top - y % 10 - borrow;
            String taken = " - " + y % 10 + (borrow > 0 ? " - 1" : "") + " = ";
            if (left < 0) {
                left += 10;
                steps.add((english ? "Borrow 1: " : "1かりて、") + (top + 10) + taken + left);
                borrow = 1;
            } else {
                steps.add(top + taken + left);
                borrow = 0;
            }
        }
        return steps;
    }

    private static List<String> multiplying(int a, int b) {
        int many = Math.max(a, b);
        int few = Math.min(a, b);
        int tens = many / 10 * 10;
        int ones = many % 10;
        List<String> steps = new ArrayList<>();
        steps.add(tens + " × " + few + " = " + tens * few);
        if (ones > 0) {
            steps.add(ones + " × " + few + " = " + ones * few);
            steps.add(tens * few + " + " + ones * few + " = " + many * few);
        }
        return steps;
    }

    /** A question for a problem. */
    public static String question(Problem p, Language language, RandomGenerator random) {
        boolean english = language == Language.ENGLISH;
        String word =
                english ? p.a() + " " + p.operation().english + " " + p.b() : p.a() + p.operation().japanese + p.b();
        String signs = (random.nextInt(4) == 0 ? p.toString().replace('×', 'x') : p.toString());
        if (english) {
            return switch (random.nextInt(6)) {
                case 0, 1 -> "What is " + signs + "?";
                case 2 -> "What is " + word + "?";
                case 3 -> signs + " = ?";
                case 4 -> "How much is " + (random.nextBoolean() ? signs : word) + "?";
                default -> signs;
            };
        }
        return switch (random.nextInt(5)) {
            case 0, 1 -> signs + "は？";
            case 2 -> word + "はいくつですか？";
            case 3 -> signs + "はいくつですか？";
            default -> signs;
        };
    }

    static List<Turn> ask(Language language, RandomGenerator random) {
        if (random.nextInt(4) == 0) {
            return told(language, random);
        }
        Problem p = draw(false, random);
        return List.of(Turn.user(question(p, language, random)), Turn.assistant(worked(p, language)));
    }

    /** Things that somebody has, gets and gives away. */
    private static List<Turn> told(Language language, RandomGenerator random) {
        int a = 2 + random.nextInt(18);
        int b = 1 + random.nextInt(9);
        boolean more = a <= b || random.nextBoolean();
        Problem p = new Problem(a, more ? Operation.ADD : Operation.SUBTRACT, b);
        if (p.heldOut()) {
            return told(language, random);
        }
        var cast = Cast.of(language, random);
        String name = String.valueOf(cast.get("hero"));
        if (language == Language.ENGLISH) {
            String things = String.valueOf(cast.get("treats"));
            String he = English.capital(String.valueOf(cast.get("he")));
            String text = name + " has " + a + " " + things + ". "
                    + (more
                            ? he + " gets " + b + " more. "
                            : he + (random.nextBoolean() ? " eats " : " gives away ") + b + " of them. ")
                    + "How many " + things + " does " + name + " have now?";
            return List.of(
                    Turn.user(text),
                    Turn.assistant(worked(p, language) + " " + name + " has " + p.result() + " " + things + "."));
        }
        String things = String.valueOf(cast.get("treat"));
        String change = more ? "もらいました" : random.nextBoolean() ? "食べました" : "あげました";
        String text = name + "は" + things + "を" + a + "個持っています。" + (more ? "あと" : "") + b + "個" + change + "。" + things
                + (more ? "は全部で何個ですか？" : "は何個残っていますか？");
        return List.of(Turn.user(text), Turn.assistant(worked(p, language) + things + "は" + p.result() + "個です。"));
    }
}
