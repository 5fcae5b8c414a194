package dev.keiryo.train.tape;

import dev.keiryo.tensor.Tensor;

/** A matrix of doubles {@code [rows, cols]}, row-major, from the {@code at}-th number of an array on. */
record Doubles(double[] data, int at, int rows, int cols) implements Tensor {
    static Doubles zeros(int rows, int cols) {
        return new Doubles(new double[rows * cols], 0, rows, cols);
    }

    double get(int row, int col) {
        return data[at + row * cols + col];
    }

    void put(int row, int col, double value) {
        data[at + row * cols + col] = value;
    }

    void add(int row, int col, double value) {
        data[at + row * cols + col] += value;
    }

    void put(int row, int col, double value, boolean add) {
        data[at + row * cols + col] = value + (add ? data[at + row * cols + col] : 0);
    }
}
