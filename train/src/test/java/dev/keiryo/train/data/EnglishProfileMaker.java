package dev.keiryo.train.data;

import dev.keiryo.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes {@code english-profile.tsv} from the shared corpora; every tenth line is held out for {@link LanguageTest}. */
final class EnglishProfileMaker {
    private EnglishProfileMaker() {}

    /** Every tenth line, or all others. */
    static List<String> lines(boolean heldOut) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String name : List.of("sherlock-holmes.txt", "tinyshakespeare.txt")) {
            List<String> all = Files.readAllLines(TestData.path("corpora/en/" + name));
            for (int i = 0; i < all.size(); i++) {
                if ((i % 10 == 0) == heldOut && !all.get(i).isBlank()) {
                    lines.add(all.get(i).strip());
                }
            }
        }
        return lines;
    }

    public static void main(String[] args) throws IOException {
        Files.writeString(Path.of(args[0]), EnglishProfile.learn(lines(false)));
    }
}
