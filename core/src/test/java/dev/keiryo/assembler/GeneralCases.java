package dev.keiryo.assembler;

import dev.keiryo.assembler.VectorCases.Case;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/** The general purpose instructions, with every register in every place, as text and as bytes. */
final class GeneralCases {
    private static final int[] VALUES = {0, 1, -1, 127, -128, 128, -129, 4096, Integer.MAX_VALUE, Integer.MIN_VALUE};
    private static final int[] DISPLACEMENTS = {0, 1, 127, 128, -128, -129, 0x12345678};

    static final List<Gp> REGISTERS = List.of(Gp.values());

    private final List<Case> cases = new ArrayList<>();

    private interface ByValue {
        void write(Assembler a, Gp register, int value);
    }

    private interface OfTwo {
        void write(Assembler a, Gp destination, Gp source);
    }

    private interface OfMemory {
        void write(Assembler a, Gp register, Mem memory);
    }

    static List<Case> all() {
        GeneralCases made = new GeneralCases();
        made.registers();
        made.values();
        made.memory();
        made.jumps();
        made.noOps();
        made.add("ret", Assembler::ret);
        made.add("vzeroupper", Assembler::vzeroupper);
        made.add("cpuid", Assembler::cpuid);
        made.add("xgetbv", Assembler::xgetbv);
        return made.cases;
    }

    private void registers() {
        two("mov", Assembler::mov);
        two("add", Assembler::add);
        two("sub", Assembler::sub);
        two("and", Assembler::and);
        two("or", Assembler::or);
        two("xor", Assembler::xor);
        two("cmp", Assembler::cmp);
        two("test", Assembler::test);
        two("imul", Assembler::imul);
        one("neg", Assembler::neg);
        one("dec", Assembler::dec);
        one("inc", Assembler::inc);
        one("push", Assembler::push);
        one("pop", Assembler::pop);
    }

    private void values() {
        value("add", Assembler::add, VALUES);
        value("sub", Assembler::sub, VALUES);
        value("and", Assembler::and, VALUES);
        value("cmp", Assembler::cmp, VALUES);
        int[] bits = {0, 1, 2, 31, 32, 63};
        value("shl", Assembler::shl, bits);
        value("shr", Assembler::shr, bits);
        value("sar", Assembler::sar, bits);
        for (Gp register : Gp.values()) {
            Gp other = REGISTERS.get(15 - register.number());
            for (int value : VALUES) {
                add("imul " + name(register) + ", " + name(other) + ", " + value, a -> a.imul(register, other, value));
            }
            for (long value : new long[] {0, 1, 0x7FFFFFFFL, 0x80000000L, 0xFFFFFFFFL}) {
                add("mov " + VectorCases.name32(register) + ", " + value, a -> a.mov(register, value));
            }
            for (long value : new long[] {-1, Integer.MIN_VALUE}) {
                add("mov " + name(register) + ", " + value, a -> a.mov(register, value));
            }
            for (long value : new long[] {1L << 32, Integer.MIN_VALUE - 1L, Long.MAX_VALUE, Long.MIN_VALUE}) {
                add("movabs " + name(register) + ", " + value, a -> a.mov(register, value));
            }
        }
    }

    private void memory() {
        memory("mov %s, qword ptr %s", GeneralCases::name, Assembler::load);
        memory("mov %s, dword ptr %s", VectorCases::name32, Assembler::load32);
        memory("movzx %s, word ptr %s", VectorCases::name32, Assembler::load16);
        memory("movzx %s, byte ptr %s", VectorCases::name32, Assembler::load8);
        memory("movsx %s, byte ptr %s", GeneralCases::name, Assembler::loadSigned8);
        memory("lea %s, %s", GeneralCases::name, Assembler::lea);
        memory("mov qword ptr %2$s, %1$s", GeneralCases::name, (a, register, memory) -> a.store(memory, register));
        memory("mov dword ptr %2$s, %1$s", VectorCases::name32, (a, register, memory) -> a.store32(memory, register));
        memory("mov word ptr %2$s, %1$s", GeneralCases::name16, (a, register, memory) -> a.store16(memory, register));
        memory("mov byte ptr %2$s, %1$s", GeneralCases::name8, (a, register, memory) -> a.store8(memory, register));
        for (Prefetch hint : Prefetch.values()) {
            memory(
                    "prefetch" + hint.name().toLowerCase(Locale.ROOT) + " byte ptr %2$s",
                    GeneralCases::name,
                    (a, register, memory) -> a.prefetch(hint, memory));
        }
    }

    /** Backwards, the short jump where it reaches; forwards, always the long one. */
    private void jumps() {
        for (Condition condition : Condition.values()) {
            String name = "j" + condition.name().toLowerCase(Locale.ROOT);
            for (int distance : new int[] {0, 125, 126, 127, 300}) {
                backwards(name, distance, (a, label) -> a.jump(condition, label));
                backwards("jmp", distance, Assembler::jump);
            }
            add("{disp32} " + name + " 7f; ret; 7:", a -> {
                Label label = a.label();
                a.jump(condition, label);
                a.ret();
                a.bind(label);
            });
        }
    }

    private void backwards(String name, int distance, BiConsumer<Assembler, Label> jump) {
        add("7: .fill " + distance + ", 1, 0xc3; " + name + " 7b", a -> {
            Label label = a.label();
            a.bind(label);
            for (int i = 0; i < distance; i++) {
                a.ret();
            }
            jump.accept(a, label);
        });
    }

    private void noOps() {
        String[] byLength = {
            "nop",
            "xchg ax, ax",
            "nop dword ptr [rax]",
            "{disp8} nop dword ptr [rax+0]",
            "{disp8} nop dword ptr [rax+rax*1+0]",
            "{disp8} nop word ptr [rax+rax*1+0]",
            "{disp32} nop dword ptr [rax+0]",
            "{disp32} nop dword ptr [rax+rax*1+0]",
            "{disp32} nop word ptr [rax+rax*1+0]"
        };
        for (int length = 0; length < 16; length++) {
            int before = 16 - length;
            String text = length == 0
                    ? ""
                    : "; " + (length < 10 ? byLength[length - 1] : byLength[8] + "; " + byLength[length - 10]);
            add(".fill " + before + ", 1, 0xc3" + text, a -> {
                for (int i = 0; i < before; i++) {
                    a.ret();
                }
                a.align(16);
            });
        }
    }

    private void one(String name, BiConsumer<Assembler, Gp> write) {
        for (Gp register : Gp.values()) {
            add(name + " " + name(register), a -> write.accept(a, register));
        }
    }

    private void two(String name, OfTwo write) {
        for (Gp destination : Gp.values()) {
            for (int step : new int[] {0, 1, 7, 8, 11}) {
                Gp source = REGISTERS.get((destination.number() + step) & 15);
                add(name + " " + name(destination) + ", " + name(source), a -> write.write(a, destination, source));
            }
        }
    }

    private void value(String name, ByValue write, int[] values) {
        for (Gp register : Gp.values()) {
            for (int value : values) {
                add(name + " " + name(register) + ", " + value, a -> write.write(a, register, value));
            }
        }
    }

    private void memory(String format, Function<Gp, String> naming, OfMemory write) {
        for (Gp base : Gp.values()) {
            Gp register = REGISTERS.get((base.number() * 5 + 3) & 15);
            for (int displacement : DISPLACEMENTS) {
                memory(format, naming, write, register, Mem.at(base, displacement));
            }
            Gp index = REGISTERS.get((base.number() + 6) & 15);
            if (index != Gp.RSP) {
                int scale = 1 << (base.number() & 3);
                memory(format, naming, write, register, Mem.at(base, index, scale));
                memory(
                        format,
                        naming,
                        write,
                        register,
                        Mem.at(base, index, scale, 100).plus(1000));
                memory(format, naming, write, register, new Mem(null, index, 8, 16, false, null, null));
            }
        }
    }

    private void memory(String format, Function<Gp, String> naming, OfMemory write, Gp register, Mem memory) {
        add(format.formatted(naming.apply(register), memory), a -> write.write(a, register, memory));
    }

    private void add(String text, Consumer<Assembler> write) {
        Assembler a = new Assembler();
        write.accept(a);
        cases.add(new Case(text, a.finish()));
    }

    private static String name(Gp register) {
        return register.name().toLowerCase(Locale.ROOT);
    }

    private static String name16(Gp register) {
        return register.number() < 8 ? name(register).substring(1) : name(register) + "w";
    }

    private static String name8(Gp register) {
        String half = name16(register);
        return register.number() >= 8 ? name(register) + "b" : half.endsWith("x") ? half.charAt(0) + "l" : half + "l";
    }
}
