package dev.keiryo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code keiryo}, run for real on a built project whose {@code Main} is a probe. */
@Timeout(120)
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
    private static final String PATH = Objects.requireNonNull(System.getenv("PATH"));
    private static final String JAVA_HOME = Objects.requireNonNull(System.getProperty("java.home"));
    private static final String PROBE = """
            package dev.keiryo.cli;

            public final class Main {
                public static void main(String[] args) throws Exception {
                    System.out.println("[" + String.join("|", args) + "] 軽量");
                    System.err.println("誤り");
                    if (args.length > 0 && args[0].equals("vector")) {
                        System.out.println(ModuleLayer.boot().findModule("jdk.incubator.vector"));
                        System.out.println(System.getenv("KEIRYO_MODELS"));
                    }
                    if (args.length > 0 && args[0].equals("wait")) {
                        System.out.flush();
                        Thread.sleep(60_000);
                    }
                    System.exit(args.length > 0 && args[0].equals("seven") ? 7 : 0);
                }
            }
            """;

    @TempDir
    static Path folder;

    private static Path project;

    private record Result(int code, String out, String err) {}

    @BeforeAll
    static void build() throws Exception {
        Path root = Path.of("").toAbsolutePath();
        if (!Files.exists(root.resolve("keiryo"))) {
            root = Objects.requireNonNull(root.getParent());
        }
        project = Files.createDirectories(folder.resolve("a project"));
        Files.copy(root.resolve("keiryo"), project.resolve("keiryo"));
        Files.createDirectories(folder.resolve("shared/data/models"));
        Files.createDirectories(project.resolve("cli/src/main"));
        Files.writeString(project.resolve("pom.xml"), "");
        Path lib = Files.createDirectories(project.resolve(".keiryo/lib"));
        Files.writeString(project.resolve(".keiryo/built"), "");
        Files.setLastModifiedTime(
                project.resolve(".keiryo/built"), FileTime.from(Instant.now().plusSeconds(60)));

        Path source = Files.writeString(folder.resolve("Main.java"), PROBE);
        Process javac = new ProcessBuilder(
                        JAVA_HOME + "/bin/javac", "-encoding", "UTF-8", "-d", folder.toString(), source.toString())
                .inheritIO()
                .start();
        assertEquals(0, javac.waitFor());
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(lib.resolve("cli.jar")));
                InputStream launcher = Launcher.class.getResourceAsStream("Launcher.class")) {
            jar.putNextEntry(new JarEntry("dev/keiryo/cli/Launcher.class"));
            Objects.requireNonNull(launcher).transferTo(jar);
            jar.putNextEntry(new JarEntry("dev/keiryo/cli/Main.class"));
            Files.copy(folder.resolve("dev/keiryo/cli/Main.class"), jar);
        }
    }

    private static ProcessBuilder command(Path script, Map<String, String> env, String... args) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Stream.concat(Stream.of(script.toString()), Arrays.stream(args)).toList());
        builder.directory(folder.toFile());
        Map<String, String> all = new HashMap<>();
        all.put("PATH", PATH);
        all.put("HOME", folder.toString());
        all.put("JAVA_HOME", JAVA_HOME);
        all.putAll(env);
        builder.environment().clear();
        builder.environment().putAll(all);
        builder.redirectOutput(folder.resolve("out").toFile());
        builder.redirectError(folder.resolve("err").toFile());
        return builder;
    }

    private static Result run(Path script, Map<String, String> env, String... args) throws Exception {
        int code = command(script, env, args).start().waitFor();
        return new Result(
                code,
                Files.readString(folder.resolve("out"), StandardCharsets.UTF_8),
                Files.readString(folder.resolve("err"), StandardCharsets.UTF_8));
    }

    private static Result run(String... args) throws Exception {
        return run(project.resolve("keiryo"), Map.of("LC_ALL", "C"), args);
    }

    @Test
    void passesArgumentsOutputAndExitCode() throws Exception {
        // an argument in Japanese as bytes: this JVM's own locale may not be able to pass it
        Path ask = Files.writeString(folder.resolve("ask"), "exec \"$1\" seven 日本語 'a  b' ''\n");
        ProcessBuilder builder = command(
                Path.of("/bin/sh"),
                Map.of("LC_ALL", "C"),
                ask.toString(),
                project.resolve("keiryo").toString());
        assertEquals(7, builder.start().waitFor());
        assertEquals("[seven|日本語|a  b|] 軽量\n", Files.readString(folder.resolve("out")));
        assertEquals("誤り\n", Files.readString(folder.resolve("err")), "nothing but the program's own words");
    }

    @Test
    void vectorsAreOnAndModelsFound() throws Exception {
        Result result = run("vector");
        assertEquals(
                List.of(
                        "[vector] 軽量",
                        "Optional[module jdk.incubator.vector]",
                        folder.toRealPath().resolve("shared/data/models").toString()),
                result.out().lines().toList());
        assertEquals("誤り\n", result.err());
        assertEquals(
                "/mine",
                run(project.resolve("keiryo"), Map.of("KEIRYO_MODELS", "/mine"), "vector")
                        .out()
                        .lines()
                        .toList()
                        .getLast());
    }

    @Test
    void worksThroughALink() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("a project/keiryo"));
        assertEquals(new Result(0, "[] 軽量\n", "誤り\n"), run(link, Map.of()));
    }

    @Test
    void jvmOptionsAndTheirErrorsAreSeen() throws Exception {
        Map<String, String> serial = Map.of("KEIRYO_OPTS", "-XX:+UseSerialGC -Xmx64m", "JAVA_TOOL_OPTIONS", "-Da=b");
        assertEquals(new Result(0, "[] 軽量\n", "誤り\n"), run(project.resolve("keiryo"), serial));
        Result wrong = run(project.resolve("keiryo"), Map.of("KEIRYO_OPTS", "-XX:+NoSuchThing"));
        assertEquals(1, wrong.code());
        assertTrue(wrong.err().startsWith("Unrecognized VM option 'NoSuchThing'\n"), wrong.err());
    }

    @Test
    void aSpoiltCacheIsIgnoredSilently() throws Exception {
        run();
        List<Path> caches;
        try (Stream<Path> files = Files.list(project.resolve(".keiryo"))) {
            caches = files.filter(p -> p.toString().endsWith(".aot")).toList();
        }
        assertEquals(1, caches.size());
        Path cache = caches.getFirst();
        assertTrue(Files.size(cache) > 1_000_000, "the training run must have made a cache");
        byte[] good = Files.readAllBytes(cache);
        try {
            for (byte[] bad : List.of(new byte[0], new byte[5000], Arrays.copyOf(good, good.length / 2))) {
                Files.write(cache, bad);
                assertEquals(new Result(0, "[x] 軽量\n", "誤り\n"), run("x"));
            }
        } finally {
            Files.write(cache, good);
        }
    }

    @Test
    void signalsReachTheProgram() throws Exception {
        Process process = command(project.resolve("keiryo"), Map.of(), "wait").start();
        while (!Files.readString(folder.resolve("out")).startsWith("[wait]")) {
            Thread.sleep(10);
        }
        process.destroy(); // SIGTERM
        assertEquals(128 + 15, process.waitFor());
    }

    @Test
    void changedSourcesWithoutMavenSayWhatToInstall() throws Exception {
        Path bin = Files.createDirectories(folder.resolve("bin"));
        List<String> tools = List.of("cat", "find", "head", "mkdir", "mv", "readlink", "rm", "tr");
        for (String tool : tools) {
            for (String place : PATH.split(":", -1)) {
                Path real = Path.of(place).resolve(tool);
                if (!place.isEmpty() && Files.exists(real) && !Files.exists(bin.resolve(tool))) {
                    Files.createSymbolicLink(bin.resolve(tool), real);
                }
            }
        }
        Path source = Files.writeString(project.resolve("cli/src/main/New.java"), "");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(120)));
        try {
            Result result = run(project.resolve("keiryo"), Map.of("PATH", bin.toString()));
            assertEquals(
                    new Result(
                            1,
                            "",
                            "keiryo: needs Maven to build itself: install Maven 3.8 or newer so that mvn is on the PATH.\n"),
                    result);
            assertTrue(Files.notExists(project.resolve(".keiryo/lock")), "a failed build must let go of its lock");
        } finally {
            for (String tool : tools) {
                Files.delete(bin.resolve(tool));
            }
            Files.delete(source);
            Files.setLastModifiedTime(
                    project.resolve("cli/src/main"), FileTime.from(Instant.now().minusSeconds(60)));
        }
    }
}
