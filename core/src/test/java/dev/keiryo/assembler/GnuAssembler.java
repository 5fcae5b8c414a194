package dev.keiryo.assembler;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The oracle: GNU {@code as}, in Intel's syntax, and {@code objcopy} for its bytes. */
final class GnuAssembler {
    private GnuAssembler() {}

    static boolean isPresent() {
        try {
            return version().startsWith("GNU assembler")
                    && output(null, "objcopy", "--version").startsWith("GNU objcopy");
        } catch (IOException absent) {
            return false;
        }
    }

    /** Its name and version. */
    static String version() throws IOException {
        return output(null, "as", "--version").lines().findFirst().orElse("");
    }

    /** The bytes of each line, all in one run: each is preceded by its length. */
    static List<byte[]> assembleEach(List<String> lines, Path folder) throws IOException {
        StringBuilder source = new StringBuilder();
        for (String line : lines) {
            source.append(".long 2f-1f\n1: ").append(line).append("\n2:\n");
        }
        ByteBuffer bytes = ByteBuffer.wrap(assemble(source.toString(), folder)).order(ByteOrder.LITTLE_ENDIAN);
        List<byte[]> each = new ArrayList<>();
        while (bytes.hasRemaining()) {
            byte[] line = new byte[bytes.getInt()];
            bytes.get(line);
            each.add(line);
        }
        return each;
    }

    static byte[] assemble(String source, Path folder) throws IOException {
        Files.writeString(folder.resolve("code.s"), ".intel_syntax noprefix\n" + source);
        String complaints = output(folder, "as", "--64", "-o", "code.o", "code.s");
        if (!complaints.isEmpty()) {
            throw new IOException("GNU as: " + complaints.lines().limit(20).toList());
        }
        output(folder, "objcopy", "-O", "binary", "-j", ".text", "code.o", "code.bin");
        return Files.readAllBytes(folder.resolve("code.bin"));
    }

    private static String output(@Nullable Path folder, String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        if (folder != null) {
            builder.directory(folder.toFile());
        }
        Process process = builder.start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
