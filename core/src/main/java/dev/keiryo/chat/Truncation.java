package dev.keiryo.chat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What gives way when a conversation outgrows its context. It works on whole turns: what a user says, and all that follows
 * until the user speaks again, so that a tool call and its result stay or go together. The messages before the first turn
 * (the system prompt) and the last turn always stay.
 */
public enum Truncation {
    /** The oldest turns go. */
    OLDEST {
        @Override
        Cut cut(int turns) {
            return new Cut(0, turns - 1);
        }
    },
    /** The first turn stays, which often says what all is about; the oldest ones after it go. */
    MIDDLE {
        @Override
        Cut cut(int turns) {
            return new Cut(Math.min(1, turns - 1), turns - 1);
        }
    },
    /** The oldest turns go, and what a {@link Summariser} says of them opens the next one. */
    SUMMARY {
        @Override
        Cut cut(int turns) {
            return new Cut(0, turns - 1);
        }
    },
    /** Nothing gives way: what does not fit is refused. */
    REFUSE {
        @Override
        Cut cut(int turns) {
            return new Cut(0, 0);
        }
    };

    /** Turns that may go: one after the other, from {@code from} on, those before {@code to} at most. */
    record Cut(int from, int to) {}

    abstract Cut cut(int turns);

    /** Counts the tokens of a conversation as the model reads it. */
    @FunctionalInterface
    public interface Counter {
        /** @throws IOException where the model's template is faulty or refuses the conversation */
        int tokens(List<Message> messages) throws IOException;
    }

    /** Makes a short text of turns that are about to go. */
    @FunctionalInterface
    public interface Summariser {
        /**
         * What {@code turns} come to, in {@code maxTokens} tokens or about as many.
         *
         * @throws IOException where the model's template is faulty or refuses
         */
        String summarise(List<Message> turns, int maxTokens) throws IOException;
    }

    /**
     * What is left.
     *
     * @param tokens of {@code messages}
     * @param gone messages that are left out
     */
    public record Fitted(List<Message> messages, int tokens, List<Message> gone) {
        public Fitted {
            messages = List.copyOf(messages);
            gone = List.copyOf(gone);
        }
    }

    /**
     * The conversation as it fits: all of it where it does, else without turns until it takes {@code low} tokens or less.
     * With {@code low} below {@code limit}, several turns go at once; the next ones then find the beginning unchanged, and so
     * their keys and values.
     *
     * @param limit tokens at most
     * @param low tokens to come down to where the limit is passed, at most {@code limit}; more is used if that is not possible
     * @param summariser for {@link #SUMMARY}
     * @throws IllegalArgumentException where it cannot fit; the message says how many tokens there are, and how many fit
     */
    public Fitted fit(List<Message> messages, int limit, int low, Counter counter, Summariser summariser)
            throws IOException {
        int tokens = counter.tokens(messages);
        if (tokens <= limit) {
            return new Fitted(messages, tokens, List.of());
        }
        Turns turns = Turns.of(messages);
        Cut cut = cut(turns.size());
        int summaryTokens = this == SUMMARY ? Math.max(16, low / 4) : 0;
        int left = tokens;
        for (int n = 1; n <= cut.to - cut.from; n++) {
            List<Message> shorter = turns.without(cut.from, cut.from + n);
            left = counter.tokens(shorter);
            boolean last = n == cut.to - cut.from;
            if (left + summaryTokens <= low || (last && left <= limit)) {
                List<Message> gone = turns.messages(cut.from, cut.from + n);
                return this == SUMMARY
                        ? withSummary(turns, n, gone, limit, summaryTokens, counter, summariser)
                        : new Fitted(shorter, left, gone);
            }
        }
        throw new IllegalArgumentException(
                this == REFUSE || turns.size() < 2
                        ? "the conversation takes " + tokens + " tokens, but " + limit + " fit"
                        : "the conversation takes " + tokens + " tokens, and " + left
                                + " of them cannot be left out, but " + limit + " fit");
    }

    private static Fitted withSummary(
            Turns turns,
            int n,
            List<Message> gone,
            int limit,
            int summaryTokens,
            Counter counter,
            Summariser summariser)
            throws IOException {
        List<Message> left = new ArrayList<>(turns.without(0, n));
        int at = turns.opening().size();
        Message first = left.get(at);
        List<Message> shorter = List.copyOf(left);
        String summary = summariser.summarise(gone, summaryTokens).strip();
        if (!summary.isEmpty()) {
            left.set(at, first.withContent("[Earlier in this conversation: " + summary + "]\n\n" + first.content()));
        }
        int tokens = counter.tokens(left);
        // A summary that is longer than asked for must not make the conversation fail.
        return tokens <= limit ? new Fitted(left, tokens, gone) : new Fitted(shorter, counter.tokens(shorter), gone);
    }

    /**
     * A conversation in turns.
     *
     * @param opening the messages before the first turn
     */
    private record Turns(List<Message> opening, List<List<Message>> turns) {
        static Turns of(List<Message> messages) {
            List<Message> opening = new ArrayList<>();
            List<List<Message>> turns = new ArrayList<>();
            for (Message message : messages) {
                if (message.role().equals(Message.USER)) {
                    turns.add(new ArrayList<>());
                }
                (turns.isEmpty() ? opening : turns.getLast()).add(message);
            }
            return new Turns(opening, turns);
        }

        int size() {
            return turns.size();
        }

        List<Message> messages(int from, int to) {
            return turns.subList(from, to).stream().flatMap(List::stream).toList();
        }

        List<Message> without(int from, int to) {
            List<Message> left = new ArrayList<>(opening);
            left.addAll(messages(0, from));
            left.addAll(messages(to, turns.size()));
            return left;
        }
    }

    /** The name as a user gives it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
