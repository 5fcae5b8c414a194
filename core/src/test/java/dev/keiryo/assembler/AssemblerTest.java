package dev.keiryo.assembler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.keiryo.TestData;
import dev.keiryo.assembler.VectorCases.Case;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Encodings against GNU as: live where it is there, and against what it once made of such lines. {@code -Dkeiryo.record=true} writes
 * that record anew, from what as says.
 */
final class AssemblerTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final String RECORD = "instructions.txt";

    /** Jumps both ways, constants of several sizes used twice, an immediate behind a relative address. */
    private static final String PROGRAM = """
            mov ecx, 10
            {disp32} jmp enter
            again: vmovups zmm17, zmmword ptr [rip + words]
            vpternlogd zmm17, zmm2, dword ptr [rip + one]{1to16}, 200
            vaddps xmm1, xmm2, xmmword ptr [rip + four]
            vbroadcastss ymm9, dword ptr [rip + one + 0]
            lea rax, [rip + words + 32]
            enter: sub rcx, 1
            {disp32} je leave
            jne again
            jmp again
            .rept 16
            movabs rdx, 0x1122334455667788
            .endr
            jae again
            leave: ret
            .balign 4, 0
            one: .float 1.5
            .balign 64, 0
            words: .long 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
            .balign 16, 0
            four: .long -1,-2,-3,-4
            .balign 4, 0
            .long 7
            """;

    @TempDir
    private Path folder = Path.of("");

    @Test
    void encodesEveryInstructionAsRecorded() throws IOException {
        List<Case> cases = new ArrayList<>(VectorCases.of(3, 4));
        List<Case> general = GeneralCases.all();
        for (int i = 0; i < general.size(); i += 3) {
            cases.add(general.get(i));
        }
        cases.add(new Case(PROGRAM.replace("\n", "; "), program()));
        if (Boolean.getBoolean("keiryo.record")) {
            record(cases);
        }
        List<String> expected = recorded();
        assertEquals(expected.size(), cases.size(), "the record is of other cases: make it anew");
        List<String> wrong = new ArrayList<>();
        for (int i = 0; i < cases.size(); i++) {
            String found =
                    cases.get(i).text() + "\t" + HEX.formatHex(cases.get(i).bytes());
            if (!found.equals(expected.get(i))) {
                wrong.add("expected " + expected.get(i) + "\n   found " + found);
            }
        }
        assertTrue(
                wrong.isEmpty(),
                () -> wrong.size() + " differ:\n" + String.join("\n", wrong.subList(0, Math.min(40, wrong.size()))));
    }

    @Test
    void encodesAsGnuAs() throws IOException {
        requireGnu();
        assertArrayEquals(GnuAssembler.assemble(PROGRAM, folder), program());
        List<Case> cases = new ArrayList<>(VectorCases.of(4, 40));
        cases.addAll(GeneralCases.all());
        List<byte[]> expected =
                GnuAssembler.assembleEach(cases.stream().map(Case::text).toList(), folder);
        List<String> wrong = new ArrayList<>();
        for (int i = 0; i < cases.size(); i++) {
            Case made = cases.get(i);
            if (!HEX.formatHex(expected.get(i)).equals(HEX.formatHex(made.bytes()))) {
                wrong.add(made.text() + ": expected " + HEX.formatHex(expected.get(i)) + ", found "
                        + HEX.formatHex(made.bytes()));
            }
        }
        assertTrue(
                wrong.isEmpty(),
                () -> wrong.size() + " of " + cases.size() + " differ:\n"
                        + String.join("\n", wrong.subList(0, Math.min(40, wrong.size()))));
    }

    @Test
    void everyInstructionOccurs() throws IOException {
        String record = String.join("\n", recorded());
        for (Instruction instruction : Instruction.values()) {
            assertTrue(record.contains(instruction.mnemonic() + " "), instruction::mnemonic);
        }
    }

    @Test
    void refusesWhatAvx2DoesNotHave() {
        Assembler a = Assembler.withoutAvx512();
        a.emit(Instruction.VADDPS, Vec.ymm(15), Vec.ymm(1), Mem.at(Gp.RAX));
        a.emit(Instruction.VPSLLD, Vec.ymm(0), Vec.ymm(1), 3);
        for (Consumer<Assembler> wrong : List.<Consumer<Assembler>>of(
                b -> b.emit(Instruction.VADDPS, Vec.ymm(16), Vec.ymm(1), Vec.ymm(2)),
                b -> b.emit(Instruction.VADDPS, Vec.zmm(0), Vec.zmm(1), Vec.zmm(2)),
                b -> b.emit(
                        Instruction.VADDPS,
                        Vec.ymm(0),
                        Vec.ymm(1),
                        Mem.at(Gp.RAX).broadcast()),
                b -> b.masked(new Mask(1)).emit(Instruction.VADDPS, Vec.ymm(0), Vec.ymm(1), Vec.ymm(2)),
                b -> b.emit(Instruction.VPSLLD, Vec.ymm(0), Mem.at(Gp.RAX), 3),
                b -> b.emit(Instruction.VPTERNLOGD, Vec.ymm(0), Vec.ymm(1), Vec.ymm(2), 7),
                b -> b.emit(Instruction.KMOVW, new Mask(1), Gp.RAX))) {
            assertTrue(String.valueOf(assertThrows(IllegalArgumentException.class, () -> wrong.accept(a))
                            .getMessage())
                    .endsWith("needs AVX-512"));
        }
    }

    @Test
    void refusesWhatCannotBeEncoded() {
        refused("VADDPS", a -> a.emit(Instruction.VADDPS, Vec.zmm(0), Vec.zmm(1), Vec.ymm(2)));
        refused("VADDPS", a -> a.emit(Instruction.VADDPS, Vec.zmm(0), Vec.zmm(1), Gp.RAX));
        refused("VADDPS", a -> a.emit(Instruction.VADDPS, Mem.at(Gp.RAX), Vec.zmm(1), Vec.zmm(2)));
        refused("VADDPS", a -> a.emit(Instruction.VADDPS, Vec.zmm(0), Vec.zmm(1)));
        refused("VADDPS", a -> a.emit(Instruction.VADDPS, Vec.zmm(0), Vec.zmm(1), Vec.zmm(2), 1));
        refused("VADDSS", a -> a.emit(Instruction.VADDSS, Vec.ymm(0), Vec.ymm(1), Vec.ymm(2)));
        refused("VPAND", a -> a.emit(Instruction.VPAND, Vec.ymm(16), Vec.ymm(1), Vec.ymm(2)));
        refused("VPAND", a -> a.emit(Instruction.VPAND, Vec.ymm(0), Vec.ymm(1), Vec.ymm(31)));
        refused("VPAND", a -> a.emit(Instruction.VPAND, Vec.zmm(0), Vec.zmm(1), Vec.zmm(2)));
        refused(
                "VPAND",
                a -> a.emit(
                        Instruction.VPAND,
                        Vec.ymm(0),
                        Vec.ymm(1),
                        Mem.at(Gp.RAX).broadcast()));
        refused("masked by k1", a -> a.masked(new Mask(1)).emit(Instruction.VPAND, Vec.ymm(0), Vec.ymm(1), Vec.ymm(2)));
        refused(
                "VPADDB",
                a -> a.emit(
                        Instruction.VPADDB,
                        Vec.zmm(0),
                        Vec.zmm(1),
                        Mem.at(Gp.RAX).broadcast()));
        refused("zeroing", a -> a.zeroing(new Mask(1)).emit(Instruction.VMOVUPS, Mem.at(Gp.RAX), Vec.zmm(1)));
        refused("VPCMPD", a -> a.zeroing(new Mask(1)).emit(Instruction.VPCMPD, new Mask(2), Vec.zmm(1), Vec.zmm(2), 0));
        refused("VMOVD", a -> a.masked(new Mask(1)).emit(Instruction.VMOVD, Vec.xmm(1), Gp.RAX));
        refused("VPERMPS", a -> a.emit(Instruction.VPERMPS, Vec.xmm(1), Vec.xmm(1), Vec.xmm(1)));
        refused("VMOVHLPS", a -> a.emit(Instruction.VMOVHLPS, Vec.xmm(1), Vec.xmm(1), Mem.at(Gp.RAX)));
        refused("VPSHUFD", a -> a.emit(Instruction.VPSHUFD, Vec.xmm(1), Vec.xmm(1), 256));
        refused("VPSHUFD", a -> a.emit(Instruction.VPSHUFD, Vec.xmm(1), Vec.xmm(1), -129));
        Mem gathered = Mem.gather(Gp.RAX, Vec.zmm(3), 4, 0);
        refused("VPGATHERDD", a -> a.emit(Instruction.VPGATHERDD, Vec.zmm(1), gathered));
        refused("VPGATHERDD", a -> a.masked(new Mask(1)).emit(Instruction.VPGATHERDD, Vec.ymm(1), gathered));
        refused("VPGATHERDD", a -> a.masked(new Mask(1)).emit(Instruction.VPGATHERDD, Vec.zmm(1), Mem.at(Gp.RAX)));
        refused("VMOVUPS", a -> a.emit(Instruction.VMOVUPS, Vec.zmm(1), gathered));
        refused("general purpose", a -> a.load(Gp.RAX, gathered));
        refused("general purpose", a -> a.store8(Mem.at(Gp.RAX).broadcast(), Gp.RAX));
        refused("k0", a -> a.masked(new Mask(0)));
        refused("64", a -> a.shl(Gp.RAX, 64));
        refused("another assembler", a -> a.jump(new Assembler().label()));
        refused("another assembler", a -> a.load(Gp.RAX, new Assembler().constant(1, 2)));
        refused("another assembler", a -> a.emit(Instruction.VMOVUPS, Vec.xmm(1), new Assembler().constant(1, 2)));
        refused("general purpose", a -> a.store16(Mem.at(Gp.RAX).broadcast(), Gp.RAX));
        refused("RSP", a -> a.lea(Gp.RAX, Mem.at(Gp.RAX, Gp.RSP, 1)));
    }

    @Test
    void aMaskGoesWithOneInstruction() {
        Assembler a = new Assembler();
        a.masked(new Mask(3)).emit(Instruction.VADDPS, Vec.zmm(1), Vec.zmm(2), Vec.zmm(3));
        int masked = a.finish().length;
        a.emit(Instruction.VADDPS, Vec.zmm(1), Vec.zmm(2), Vec.zmm(3));
        assertEquals("62f16c4b58cb62f16c4858cb", HEX.formatHex(a.finish()));
        assertEquals(6, masked);
    }

    @Test
    void labelsHaveOnePlace() {
        Assembler a = new Assembler();
        Label label = a.label();
        a.jump(label);
        assertThrows(IllegalStateException.class, a::finish);
        a.bind(label);
        assertThrows(IllegalStateException.class, () -> a.bind(label));
        assertEquals("e900000000", HEX.formatHex(a.finish()));
    }

    private static void refused(String named, Consumer<Assembler> write) {
        Assembler a = new Assembler();
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> write.accept(a))
                .getMessage());
        assertTrue(message.contains(named), message);
        assertEquals(0, a.finish().length, "nothing is written");
    }

    private static void requireGnu() {
        if (!GnuAssembler.isPresent()) {
            if (TestData.required()) {
                fail("GNU as and objcopy are missing");
            }
            System.err.println("SKIPPED, GNU as and objcopy are missing: encodings are compared with the record alone");
            Assumptions.abort("GNU as and objcopy are missing");
        }
    }

    private static List<String> recorded() throws IOException {
        try (InputStream stream = AssemblerTest.class.getResourceAsStream(RECORD)) {
            byte[] bytes = Objects.requireNonNull(stream, RECORD).readAllBytes();
            return new String(bytes, StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .toList();
        }
    }

    private void record(List<Case> cases) throws IOException {
        List<byte[]> expected = GnuAssembler.assembleEach(
                cases.stream().limit(cases.size() - 1).map(Case::text).toList(), folder);
        expected.add(GnuAssembler.assemble(PROGRAM, folder));
        List<String> lines = new ArrayList<>();
        lines.add("# What " + GnuAssembler.version()
                + " makes of each line, in Intel's syntax without prefixes, as 64-bit code.");
        for (int i = 0; i < cases.size(); i++) {
            lines.add(cases.get(i).text() + "\t" + HEX.formatHex(expected.get(i)));
        }
        Path resources = Path.of("src/test/resources/dev/keiryo/assembler");
        Files.write(resources.resolve(RECORD), lines);
        fail("recorded anew: run again without -Dkeiryo.record");
    }

    private static byte[] program() {
        Assembler a = new Assembler();
        int[] words = new int[16];
        for (int i = 0; i < 16; i++) {
            words[i] = i;
        }
        Label again = a.label();
        Label enter = a.label();
        Label leave = a.label();
        a.mov(Gp.RCX, 10);
        a.jump(enter);
        a.bind(again);
        Mem one = a.constant(1.5f);
        a.emit(Instruction.VMOVUPS, Vec.zmm(17), a.constant(words));
        a.emit(Instruction.VPTERNLOGD, Vec.zmm(17), Vec.zmm(2), one.broadcast(), 200);
        a.emit(Instruction.VADDPS, Vec.xmm(1), Vec.xmm(2), a.constant(-1, -2, -3, -4));
        a.emit(Instruction.VBROADCASTSS, Vec.ymm(9), a.constant(Float.floatToRawIntBits(1.5f)));
        a.lea(Gp.RAX, a.constant(words.clone()).plus(32));
        a.bind(enter);
        a.sub(Gp.RCX, 1);
        a.jump(Condition.E, leave);
        a.jump(Condition.NE, again);
        a.jump(again);
        for (int i = 0; i < 16; i++) {
            a.mov(Gp.RDX, 0x1122334455667788L);
        }
        a.jump(Condition.AE, again);
        a.bind(leave);
        a.constant(7);
        a.ret();
        return a.finish();
    }
}
