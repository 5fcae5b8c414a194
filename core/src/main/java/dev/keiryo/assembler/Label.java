package dev.keiryo.assembler;

/** A place in the code of one {@link Assembler}: made by {@link Assembler#label}, given its place by {@link Assembler#bind}. */
public final class Label {
    private final CodeBuffer owner;
    private int position = -1;

    Label(CodeBuffer owner) {
        this.owner = owner;
    }

    CodeBuffer owner() {
        return owner;
    }

    boolean isBound() {
        return position >= 0;
    }

    int position() {
        return position;
    }

    void bind(int at) {
        position = at;
    }
}
