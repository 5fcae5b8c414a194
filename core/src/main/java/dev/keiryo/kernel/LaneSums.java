package dev.keiryo.kernel;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Machine code for the sums by which quantizers search for scales: of many runs of weights side by side, a lane each,
 * {@code Σw·t, Σw·t², Σw·x·t} with t the number of a grid nearest to {@code (x + shift)·inverse}. Float32 arrays in one stretch of
 * memory, one after the other:
 *
 * <pre>
 *   x[size][lanes]  w[size][lanes]  inverse[lanes]  shift[lanes]  Σw·t[lanes]  Σw·t²[lanes]  Σw·x·t[lanes]  gain[lanes]  scale[lanes]
 *   Σw[lanes]  Σw·x[lanes]  Σw·x²[lanes]  least[lanes]  most[lanes]  minimum[lanes]
 * </pre>
 *
 * Unlike vector code it is fast from the first call on.
 */
public final class LaneSums {
    /** Lanes are so many, or a multiple: two vectors of the widest. */
    private static final int LEAST = 32;
    /** Points of a grid that is none of whole numbers. */
    static final int POINTS = 16;

    /** A grid's numbers: the ends of one of whole numbers, or all sixteen. */
    private record Key(int size, int lanes, List<Float> points) {}

    private static final Map<Key, LaneSums> ALL = new ConcurrentHashMap<>();

    final int size;
    final int lanes;
    final List<Float> points;
    private final EmittedFunction alike = new EmittedFunction(a -> new LaneGridCode(this, a).measure(false));
    private final EmittedFunction weighed = new EmittedFunction(a -> new LaneGridCode(this, a).measure(true));
    private final EmittedFunction codes = new EmittedFunction(a -> new LaneGridCode(this, a).codes());
    private final EmittedFunction beginAlike = new EmittedFunction(a -> new LaneFitCode(this, a).begin(false));
    private final EmittedFunction beginWeighed = new EmittedFunction(a -> new LaneFitCode(this, a).begin(true));
    private final EmittedFunction betterWithMinimum =
            new EmittedFunction(a -> new LaneFitCode(this, a).betterWithMinimum());
    private final EmittedFunction better = new EmittedFunction(a -> new LaneFitCode(this, a).better());

    private LaneSums(Key key) {
        this.size = key.size;
        this.lanes = key.lanes;
        this.points = key.points;
    }

    /** Whether this machine can run it and no other kernels were asked for. */
    public static boolean isPossible() {
        String wanted = System.getProperty("keiryo.kernels", "best");
        return Simd.POSSIBLE && (wanted.equals("best") || wanted.equals("emitted"));
    }

    /**
     * The sums of runs of {@code size} weights.
     *
     * @param lanes a multiple of 32
     * @param points least and greatest of a grid of whole numbers, or sixteen ascending numbers of any distances, of which a
     *     number in the middle of two becomes the lower
     */
    public static LaneSums of(int size, int lanes, List<Float> points) {
        if (lanes % LEAST != 0 || size < 1 || (points.size() != 2 && points.size() != POINTS)) {
            throw new IllegalArgumentException(
                    "no sums for " + size + " weights, " + lanes + " lanes and " + points.size() + " points");
        }
        return ALL.computeIfAbsent(new Key(size, lanes, List.copyOf(points)), LaneSums::new);
    }

    /** Bytes of the memory. */
    public long bytes() {
        return at(13);
    }

    /** Where in the memory the weights' importance begins. */
    public long importanceAt() {
        return 4L * size * lanes;
    }

    /** Where {@code inverse}, {@code shift}, the sums, gain and so on begin, which are 0 to 12. */
    public long at(int array) {
        return 4L * lanes * (2 * size + array);
    }

    /** Fills in {@code Σw, Σw·x, Σw·x²}, least and most; arguments as of {@link #measure}. */
    public void begin(MemorySegment memory, boolean ofImportance1) {
        (ofImportance1 ? beginAlike : beginWeighed).call(address(memory), 0, 0, 0, 0, 0);
    }

    /** As {@link #takeBetter}, of t and x less their means, which a minimum makes up for; for w of 1. */
    public void takeBetterWithMinimum(MemorySegment memory) {
        betterWithMinimum.call(address(memory), 0, 0, 0, 0, 0);
    }

    /**
     * Fills in the sums.
     *
     * @param ofImportance1 whether w is 1 everywhere; it is not read then
     */
    public void measure(MemorySegment memory, boolean ofImportance1) {
        (ofImportance1 ? alike : weighed).call(address(memory), 0, 0, 0, 0, 0);
    }

    /** Where {@code (Σw·x·t)²/Σw·t² > gain}: takes that for gain, and {@code Σw·x·t/Σw·t²} for scale. */
    public void takeBetter(MemorySegment memory) {
        better.call(address(memory), 0, 0, 0, 0, 0);
    }

    /** Replaces x by the int32 numbers of the t nearest, counted from the least. */
    public void codes(MemorySegment memory) {
        codes.call(address(memory), 0, 0, 0, 0, 0);
    }

    private long address(MemorySegment memory) {
        if (!memory.isNative() || memory.byteSize() < bytes()) {
            throw new IllegalArgumentException("machine code needs " + bytes() + " bytes outside the heap");
        }
        return memory.address();
    }
}
