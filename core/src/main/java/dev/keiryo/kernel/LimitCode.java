package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Condition;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Instruction;
import dev.keiryo.assembler.Label;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Prefetch;
import dev.keiryo.assembler.Vec;
import java.util.function.Consumer;

/** Machine code that does nothing but what {@link MachineLimits} measures. */
final class LimitCode {
    /** Instructions of {@link #repeated} in one round, none of which waits for another. */
    static final int CHAINS = Simd.WIDE ? 24 : 12;

    /** Bytes that {@link #READ} reads in one round. */
    static final int READ_BYTES = 512;

    /** rdi rounds of a multiply-add of float32 in each lane an instruction. */
    static final EmittedFunction MULTIPLY_ADD_FLOAT32 = repeated(VFMADD231PS);
    /** rdi rounds of four multiply-adds of int8 in each lane an instruction; with AVX2 of products, two of which are added. */
    static final EmittedFunction MULTIPLY_ADD_INT8 =
            repeated(Simd.WIDE ? VPDPBUSD : Simd.VNNI ? VEX_VPDPBUSD : VPMADDUBSW);

    /** Reads rsi rounds of {@link #READ_BYTES} bytes from rdi on. */
    static final EmittedFunction READ = new EmittedFunction(a -> loop(a, Gp.RSI, LimitCode::read));

    private LimitCode() {}

    private static EmittedFunction repeated(Instruction instruction) {
        return new EmittedFunction(a -> {
            for (int i = 0; i < CHAINS; i++) {
                Simd.clear(a, Simd.vec(i));
            }
            Vec factor = Simd.vec(CHAINS);
            Simd.clear(a, factor);
            loop(a, Gp.RDI, code -> {
                for (int i = 0; i < CHAINS; i++) {
                    code.emit(instruction, Simd.vec(i), factor, factor);
                }
            });
        });
    }

    private static void loop(Assembler a, Gp counter, Consumer<Assembler> body) {
        Label next = a.label();
        a.bind(next);
        body.accept(a);
        a.dec(counter);
        a.jump(Condition.NE, next);
        a.vzeroupper();
        a.ret();
    }

    private static void read(Assembler a) {
        for (int i = 0; i < READ_BYTES; i += 64) {
            a.prefetch(Prefetch.T0, Mem.at(Gp.RDI, 4096 + i));
            for (int at = i; at < i + 64; at += Simd.BYTES) {
                a.emit(VMOVUPS, Simd.vec(at / Simd.BYTES), Mem.at(Gp.RDI, at));
            }
        }
        a.add(Gp.RDI, READ_BYTES);
    }
}
