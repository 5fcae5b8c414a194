package dev.keiryo.model;

/** The tokens of a batch, in the order of the rows. */
public interface Tokens {
    int count();

    /** The i-th token's id. */
    int id(int i);

    /** The i-th token's position in its sequence, from 0. */
    int position(int i);
}
