package dev.keiryo.cli;

import static dev.keiryo.cli.Output.done;
import static dev.keiryo.cli.Output.keiryo;
import static dev.keiryo.cli.Output.piped;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code keiryo chat} through a pipe: each line a message or a command. */
class ChatTest extends Chatting {
    /** The second answer, which goes on from cached keys and values, is what one run over the whole text gives. */
    @Test
    void answersAreThoseOfTheWholeText() throws IOException {
        Path file = folder.resolve("chat.json");
        Output output = chat(
                "Once upon a time\nThe end? Said Lily\n/save " + file + "\n/stats\n",
                "--greedy",
                "-n",
                "15",
                "--system",
                "A story");
        List<String> said = new ArrayList<>();
        saved("chat.json")
                .get("messages")
                .forEach(m -> said.add(m.get("content").asString()));
        assertEquals(5, said.size());
        assertEquals("A story", said.getFirst());
        String before = turn("system", "A story") + turn("user", "Once upon a time");
        String prompt = before + turn("assistant", said.get(2)) + turn("user", said.get(3)) + "<|im_start|>assistant\n";
        for (int i = 0; i < 2; i++) {
            String whole = i == 0 ? before + "<|im_start|>assistant\n" : prompt;
            JsonNode run = JsonMapper.shared()
                    .readTree(done("run", model(), "-p", whole, "--greedy", "-n", "15", "--json")
                            .out());
            assertEquals(run.get("text").asString().strip(), said.get(2 + 2 * i).strip());
        }
        String answers = said.get(2) + "\n" + said.get(4);
        assertEquals(
                answers.strip().replaceAll("\\s+", " "), output.out().strip().replaceAll("\\s+", " "));
        assertTrue(
                output.err().matches("(?s).*read +\\d+ tokens in 2 answers: [1-9]\\d* from the cache.*"), output.err());
    }

    @Test
    void onlyNewTokensAreProcessed() {
        String input = "Once upon a time\nAnd then\n/stats\n/undo\nAnd then\n/stats\n";
        String[] stats = chat(input, "--greedy", "-n", "10").err().split("conversation ", -1);
        long[] first = numbers(stats[1]);
        long[] second = numbers(stats[2]);
        // Read, cached and processed: the repeated turn processes its last token only.
        assertEquals(second[0] - first[0], second[1] - first[1] + 1, stats[2]);
        // The second message adds its own text and the answer's last token to what is known.
        assertTrue(first[2] < first[0] * 3 / 4, stats[1]);
    }

    /** What one process has computed, the next one knows; another model refuses it. */
    @Test
    void conversationsAreKeptInFiles() throws IOException {
        Path talk = folder.resolve("talk.json");
        Path cache = folder.resolve("talk.cache");
        String[] options = {"--greedy", "-n", "12", "--system", "A story", "--prompt-cache", cache.toString()};
        String first = chat("Once upon a time\n/save " + talk + "\n", options).err();
        assertTrue(first.matches("(?s).*\\[[1-9]\\d* tokens kept in .*"), first);
        String on = "/load " + talk + "\nAnd then\n/stats\n";
        Output warm = chat(on, options);
        Output cold = chat(on, Arrays.copyOf(options, 5));
        assertEquals(cold.out(), warm.out());
        long[] known = numbers(warm.err());
        assertTrue(known[1] > known[0] / 2, warm.err());
        assertEquals(0, numbers(cold.err())[1], cold.err());
        byte[] damaged = Files.readAllBytes(cache);
        damaged[100] ^= 1;
        Files.write(cache, damaged);
        List<String> args = new ArrayList<>(List.of("chat", model(), "--chat-template", template.toString()));
        args.addAll(List.of(options));
        Output refused = piped("Hello\n", args.toArray(String[]::new));
        assertEquals(1, refused.exit());
        assertTrue(refused.err().contains("talk.cache"), refused.err());
    }

    /** An answer goes on beyond the context, and the next turn is read as if nothing had been forgotten. */
    @Test
    void answersOutgrowTheContext() {
        String[] options = {"--greedy", "-n", "200", "--ctx", "80", "--system", "A story"};
        String stopped = chat("Once upon a time\n/stats\n", options).err();
        assertTrue(stopped.contains("context full"), stopped);
        List<String> on = new ArrayList<>(List.of(options));
        on.addAll(List.of("--context-full", "sinks"));
        Output output = chat("Once upon a time\nAnd then\n/stats\n", on.toArray(String[]::new));
        assertFalse(output.err().contains("context full"), output.err());
        assertTrue(output.err().contains("max tokens") || output.err().contains("2 answers"), output.err());
        assertTrue(output.out().length() > 400, output.out());
        List<String> args = new ArrayList<>(List.of("chat", model(), "--chat-template", template.toString()));
        args.addAll(on);
        args.addAll(List.of("--keep", "60"));
        Output refused = piped("Hello\n", args.toArray(String[]::new));
        assertEquals(1, refused.exit());
        assertTrue(refused.err().contains("keep at most half"), refused.err());
    }

    private static long[] numbers(String stats) {
        String line =
                stats.lines().filter(l -> l.startsWith("read")).findFirst().orElseThrow();
        String[] words = line.replace(",", "").split("\\s+", -1);
        // read N tokens in A answers: C from the cache (P %) N processed …
        return new long[] {Long.parseLong(words[1]), Long.parseLong(words[6]), Long.parseLong(words[12])};
    }

    @Test
    void undoRetryAndClear() throws IOException {
        String file = folder.resolve("c.json").toString();
        Output output = chat(
                "One\n/retry\nTwo\n/undo\n/save " + file + "\n/clear\n/retry\n/undo\n",
                "-n",
                "5",
                "--seed",
                "3",
                "--system",
                "S");
        JsonNode messages = saved("c.json").get("messages");
        assertEquals(3, messages.size());
        assertEquals("One", messages.get(1).get("content").asString());
        List<String> answers = output.out().lines().toList();
        assertEquals(answers.get(0), answers.get(1), "the same seed, the same answer");
        assertTrue(output.err().contains("Nothing was said yet.\nNothing was said yet.\n"), output.err());
    }

    @Test
    void aSavedConversationGoesOn() throws IOException {
        String first = folder.resolve("1.json").toString();
        String second = folder.resolve("2.json").toString();
        chat("Hello\n/params temp 0.25\n/params stop END\\nX\n/params seed 9\n/save " + first + "\n", "-n", "6");
        Output output = chat("/load " + first + "\n/save " + second + "\n/params\n", "-n", "6");
        assertEquals(saved("1.json"), saved("2.json"));
        assertTrue(output.err().contains("> Hello\n"), output.err());
        assertTrue(output.err().contains("temp:0.25"), output.err());
        assertTrue(output.err().contains("stop        END\\nX\n"), output.err());
        assertEquals("9", saved("2.json").get("params").get("seed").asString());
        // As an option too.
        String third = folder.resolve("3.json").toString();
        chat("/save " + third + "\n", "--load", first);
        assertEquals(saved("1.json"), saved("3.json"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | messages should be an array",
                "[] | should be an object",
                "{\"messages\": [{\"role\": \"user\"}]} | messages[0] has no content",
                "{\"messages\": [{\"role\": \"cat\", \"content\": \"x\"}]} | messages[0].role is cat",
                "{\"messages\": [{\"role\": \"user\", \"content\": 3}]} | messages[0].content should be a string",
                "{\"messages\": [{\"role\": \"tool\", \"content\": \"x\", \"tool_call_id\": \"1\"}]} | answers the tool call 1",
                "{\"messages\": [], \"mood\": 1} | there is no key mood",
                "{\"messages\": [], \"params\": {\"seed\": \"x\"}} | seed should be a whole number",
                "{\"messages\": [], \"messages\": []} | malformed JSON",
                "{\"messages\": [ | malformed JSON",
            })
    void whatIsNoConversationIsNotLoaded(String json, String expected) throws IOException {
        Path file = Files.writeString(folder.resolve("bad.json"), json);
        String kept = folder.resolve("kept.json").toString();
        Output output = chat("Hello\n/load " + file + "\n/save " + kept + "\n", "-n", "2");
        assertTrue(output.err().contains(expected), output.err());
        assertEquals(2, saved("kept.json").get("messages").size());
    }

    @Test
    void whatDoesNotFitGivesWayOrIsRefused() throws IOException {
        String file = folder.resolve("t.json").toString();
        String talk = "Once upon a time there was a girl\nAnd a boy\nAnd a dog\nAnd a cat\n";
        for (String how : List.of("oldest", "middle", "summary")) {
            Output output = chat(
                    talk + "/save " + file + "\n/stats\n",
                    "-n",
                    "16",
                    "--ctx",
                    "150",
                    "--truncate",
                    how,
                    "--system",
                    "S",
                    "--greedy");
            assertTrue(output.err().contains("older messages no longer fit the context"), output.err());
            assertEquals(9, saved("t.json").get("messages").size(), "all of it is saved");
        }
        Output refused = chat(talk, "-n", "16", "--ctx", "150", "--truncate", "refuse");
        assertTrue(
                refused.err()
                        .matches("(?s).*keiryo: the conversation takes \\d+ tokens, but 134 fit in a context of 150"
                                + " beside an answer of 16; /params truncate=oldest lets old turns go.*"),
                refused.err());
    }

    @Test
    void messagesMayHaveSeveralLines() throws IOException {
        String file = folder.resolve("m.json").toString();
        chat("\"\"\"\nline 1\n\nline 2\n\"\"\"\none\\\ntwo\n//slash 日本\n/save " + file + "\n", "-n", "1");
        JsonNode messages = saved("m.json").get("messages");
        assertEquals("line 1\n\nline 2", messages.get(0).get("content").asString());
        assertEquals("one\ntwo", messages.get(2).get("content").asString());
        assertEquals("/slash 日本", messages.get(4).get("content").asString());
    }

    @Test
    void parametersAreShownAndSet() {
        Output output =
                chat("/params preset=code\n/params top_k 7\n/params truncate middle\n/params nonsense\n/what\n");
        assertTrue(output.err().contains("chain       top_k:7;top_p:0.95;min_p:0.05;temp:0.2\n"), output.err());
        assertTrue(output.err().contains("truncate    middle\n"), output.err());
        assertTrue(output.err().contains("keiryo: there is no parameter nonsense; there are preset, "), output.err());
        assertTrue(output.err().contains("keiryo: there is no command /what;"), output.err());
        assertEquals("", output.out());
    }

    @Test
    void aBaseModelContinuesADialogue() {
        String stories = TestData.path("models/stories260K/stories260K.bin").toString();
        Output output = piped("Once upon a time\n", "chat", stories, "-n", "12", "--greedy");
        assertEquals(0, output.exit(), output.err());
        assertTrue(output.err().contains("this is a dialogue in plain text"), output.err());
        JsonNode run = JsonMapper.shared()
                .readTree(done(
                                "run",
                                stories,
                                "-p",
                                "User: Once upon a time\nAssistant:",
                                "-n",
                                "12",
                                "--greedy",
                                "--stop-preset",
                                "chat",
                                "--json")
                        .out());
        assertEquals(run.get("text").asString().strip(), output.out().strip());
    }

    @Test
    void whatCannotChatIsRefused() {
        assertEquals(2, keiryo("chat", model(), "--ctx", "-1").exit());
        assertEquals(2, keiryo("chat", model(), "-n", "0").exit());
        Output encoder =
                keiryo("chat", TestData.path("golden/architectures/bert.gguf").toString());
        assertFalse(encoder.exit() == 0);
        assertTrue(encoder.err().contains("holds no conversations"), encoder.err());
    }
}
