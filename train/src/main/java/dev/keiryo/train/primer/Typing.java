package dev.keiryo.train.primer;

import java.util.random.RandomGenerator;

/** Questions as people type them: without great letters, without the last sign, with contractions. */
final class Typing {
    private Typing() {}

    static String casual(String text, RandomGenerator random) {
        String typed = text;
        if (random.nextInt(6) == 0) {
            typed = typed.replace("What is ", "What's ")
                    .replace("I am ", "I'm ")
                    .replace("How is ", "How's ");
        }
        if (random.nextInt(4) == 0) {
            typed = English.uncapital(typed);
        }
        int last = typed.length() - 1;
        if (random.nextInt(4) == 0 && last > 0 && ".?!。？！".indexOf(typed.charAt(last)) >= 0) {
            typed = typed.substring(0, last).strip();
        }
        return typed.endsWith("？") && random.nextInt(4) == 0 ? typed.substring(0, typed.length() - 1) + "。" : typed;
    }
}
