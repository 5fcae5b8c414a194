package dev.keiryo.chat;

import java.util.List;

/** Takes stretch after stretch off the text that has come, as far as it is certain what each is. */
abstract sealed class StretchParser implements OutputParser permits AnswerParser, HarmonyParser {
    /** What is read again has grown by one part of so many. */
    private static final int PATIENCE = 64;

    final AnswerCollector collector;
    /** What has come and belongs to no stretch yet. */
    final StringBuilder pending = new StringBuilder();
    /** Length of the pending text that is worth another look: a long call is not read anew for each of its characters. */
    private int worthwhile;

    StretchParser(List<Tool> tools, String prompt) {
        this.collector = new AnswerCollector(tools, prompt);
    }

    /**
     * Takes a stretch off the pending text.
     *
     * @param end whether nothing more will come
     * @return false where there is none to take
     */
    abstract boolean step(boolean end);

    @Override
    public final List<ChatEvent> feed(String text) {
        pending.append(text);
        if (pending.length() >= worthwhile) {
            while (step(false)) {
                // goes on as far as the text is certain
            }
            worthwhile = pending.length() + pending.length() / PATIENCE;
        }
        return collector.take();
    }

    @Override
    public final List<ChatEvent> finish() {
        while (step(true)) {
            // goes on to the end
        }
        collector.finish();
        return collector.take();
    }

    @Override
    public final Message message() {
        return collector.message();
    }

    /** The mark that comes first in {@code text}, or an empty one where there is none. */
    static String first(String text, List<String> marks) {
        int first = text.length();
        String found = "";
        for (String mark : marks) {
            int at = text.indexOf(mark);
            if (at >= 0 && at < first) {
                first = at;
                found = mark;
            }
        }
        return found;
    }

    /** How much of {@code text} cannot be the beginning of a mark. */
    static int certain(String text, List<String> marks) {
        int certain = text.length();
        for (String mark : marks) {
            for (int n = Math.min(mark.length() - 1, text.length()); n > 0; n--) {
                if (text.endsWith(mark.substring(0, n))) {
                    certain = Math.min(certain, text.length() - n);
                    break;
                }
            }
        }
        return certain;
    }
}
