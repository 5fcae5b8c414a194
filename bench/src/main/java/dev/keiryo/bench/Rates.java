package dev.keiryo.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What an operation does, which JMH reports for each second beside the number of operations. */
@AuxCounters(AuxCounters.Type.OPERATIONS)
@State(Scope.Thread)
public class Rates {
    /** 10⁹ floating point operations: a multiplication and an addition are two. */
    public double gigaflop;
    /** 10⁹ bytes of operands and results, each counted once. */
    public double gigabyte;

    void add(double operations, double bytes) {
        gigaflop += operations / 1e9;
        gigabyte += bytes / 1e9;
    }
}
