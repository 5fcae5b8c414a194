package dev.keiryo.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class VectorPagesTest {
    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Test
    void everyFloat16IsConvertedExactly() {
        float[] lanes = new float[Lanes.LANES];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment halves = arena.allocate(2 << 16);
            for (int i = 0; i < 1 << 16; i++) {
                halves.set(I16, 2L * i, (short) i);
            }
            for (int i = 0; i < 1 << 16; i += lanes.length) {
                VectorPages.halves(Lanes.shorts(halves, 2L * i)).intoArray(lanes, 0);
                for (int k = 0; k < lanes.length; k++) {
                    assertEquals(Float.float16ToFloat((short) (i + k)), lanes[k], Integer.toHexString(i + k));
                }
            }
        }
    }
}
