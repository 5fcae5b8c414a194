package dev.keiryo.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The states of all rules of a grammar, and what leads from one to another: a byte, nothing, or a callee that reads what it
 * likes. A callee is a rule (the states from its start to its accepting one), or a callee repeated a number of times.
 */
final class Nfa {
    /** More would take too much memory; a grammar this large is a mistake or an attack. */
    private static final int MOST_STATES = 200_000;

    /**
     * @param name for messages
     * @param start its first state; -1 where {@code body} is repeated
     * @param body the callee that is repeated, or -1
     * @param min least repetitions
     * @param max most
     */
    record Callee(String name, int start, int body, int min, int max) {
        boolean isRepeat() {
            return body >= 0;
        }
    }

    private int count;
    private int[][] ranges = new int[64][];
    private int[][] silent = new int[64][];
    /** The callee that a state calls, or -1. */
    private int[] calls = new int[64];

    private int[] backs = new int[64];
    private boolean[] accepting = new boolean[64];
    private final List<Callee> callees = new ArrayList<>();

    int size() {
        return count;
    }

    /** A state that leads nowhere yet. */
    int add() {
        if (count == MOST_STATES) {
            throw new IllegalArgumentException("the grammar takes more than " + MOST_STATES
                    + " states; repeat less, or use fewer characters outside ASCII");
        }
        if (count == calls.length) {
            int grown = 2 * count;
            ranges = Arrays.copyOf(ranges, grown);
            silent = Arrays.copyOf(silent, grown);
            calls = Arrays.copyOf(calls, grown);
            backs = Arrays.copyOf(backs, grown);
            accepting = Arrays.copyOf(accepting, grown);
        }
        ranges[count] = new int[0];
        silent[count] = new int[0];
        calls[count] = -1;
        return count++;
    }

    int addAccepting() {
        int state = add();
        accepting[state] = true;
        return state;
    }

    void addRange(int state, int from, int to, int target) {
        int[] old = ranges[state];
        ranges[state] = Arrays.copyOf(old, old.length + 3);
        ranges[state][old.length] = from;
        ranges[state][old.length + 1] = to;
        ranges[state][old.length + 2] = target;
    }

    void setSilent(int state, int... targets) {
        silent[state] = targets;
    }

    void setCall(int state, int callee, int back) {
        calls[state] = callee;
        backs[state] = back;
    }

    int addCallee(Callee callee) {
        callees.add(callee);
        return callees.size() - 1;
    }

    void setCallee(int number, Callee callee) {
        callees.set(number, callee);
    }

    Callee callee(int number) {
        return callees.get(number);
    }

    int callees() {
        return callees.size();
    }

    /** Triples: first byte, last byte, target. */
    int[] ranges(int state) {
        return ranges[state];
    }

    /** Where {@code state} leads without a byte. */
    int[] silent(int state) {
        return silent[state];
    }

    int call(int state) {
        return calls[state];
    }

    int back(int state) {
        return backs[state];
    }

    boolean isAccepting(int state) {
        return accepting[state];
    }
}
