package dev.keiryo.train.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Languages of lines that the profile has not seen, and of other languages. */
class LanguageTest {
    /** The first article of the Universal Declaration of Human Rights. */
    private static final List<String> OTHERS = List.of(
            "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison et de conscience et doivent agir les uns envers les autres dans un esprit de fraternité.",
            "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen begabt und sollen einander im Geist der Brüderlichkeit begegnen.",
            "Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como están de razón y conciencia, deben comportarse fraternalmente los unos con los otros.",
            "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti. Essi sono dotati di ragione e di coscienza e devono agire gli uni verso gli altri in spirito di fratellanza.",
            "Todos os seres humanos nascem livres e iguais em dignidade e em direitos. Dotados de razão e de consciência, devem agir uns para com os outros em espírito de fraternidade.",
            "Alle mensen worden vrij en gelijk in waardigheid en rechten geboren. Zij zijn begiftigd met verstand en geweten, en behoren zich jegens elkander in een geest van broederschap te gedragen.",
            "Alla människor är födda fria och lika i värde och rättigheter. De har utrustats med förnuft och samvete och bör handla gentemot varandra i en anda av gemenskap.",
            "Alle mennesker er født frie og lige i værdighed og rettigheder. De er udstyret med fornuft og samvittighed, og de bør handle mod hverandre i en broderskabets ånd.",
            "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan. Heille on annettu järki ja omatunto, ja heidän on toimittava toisiaan kohtaan veljeyden hengessä.",
            "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. Są oni obdarzeni rozumem i sumieniem i powinni postępować wobec innych w duchu braterstwa.",
            "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. Akıl ve vicdana sahiptirler ve birbirlerine karşı kardeşlik zihniyeti ile hareket etmelidirler.",
            "Semua orang dilahirkan merdeka dan mempunyai martabat dan hak-hak yang sama. Mereka dikaruniai akal dan hati nurani dan hendaknya bergaul satu sama lain dalam semangat persaudaraan.",
            "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью и должны поступать в отношении друг друга в духе братства.",
            "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. 인간은 천부적으로 이성과 양심을 부여받았으며 서로 형제애의 정신으로 행동하여야 한다.",
            "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。",
            "人人生而自由，在尊嚴和權利上一律平等。他們賦有理性和良心，並應以兄弟關係的精神相對待。",
            "يولد جميع الناس أحراراً متساوين في الكرامة والحقوق. وقد وهبوا عقلاً وضميراً",
            "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.");

    @Test
    void accuracyOnHeldOutLines() throws IOException {
        List<String> english = EnglishProfileMaker.lines(true);
        double en = share(english, Language.ENGLISH);
        List<String> japanese = new ArrayList<>();
        for (String name : List.of("neko.txt", "kokoro.txt", "gingatetsudou.txt")) {
            japanese.addAll(Files.readAllLines(TestData.path("corpora/ja/" + name)));
        }
        japanese.removeIf(l -> l.strip().length() < 5);
        double ja = share(japanese, Language.JAPANESE);
        System.out.printf("English %.4f of %d lines, Japanese %.4f of %d%n", en, english.size(), ja, japanese.size());
        assertTrue(en > 0.98, "English " + en);
        assertTrue(ja > 0.995, "Japanese " + ja);
    }

    @Test
    void modernTextOfOtherKindsIsKnown() throws IOException {
        List<String> english = new ArrayList<>();
        for (String line : Files.readAllLines(TestData.path("eval/gsm8k/test.jsonl"))) {
            english.add(JsonMapper.shared().readTree(line).get("question").asString());
        }
        for (JsonNode article : JsonMapper.shared()
                .readTree(Files.readString(TestData.path("eval/xquad/xquad.en.json")))
                .get("data")) {
            article.get("paragraphs").forEach(p -> english.add(p.get("context").asString()));
        }
        assertTrue(share(english, Language.ENGLISH) > 0.99);
        List<String> japanese = new ArrayList<>();
        for (String line : Files.readAllLines(TestData.path("eval/jglue/jcommonsenseqa-valid-v1.3.json"))) {
            japanese.add(JsonMapper.shared().readTree(line).get("question").asString());
        }
        assertTrue(share(japanese, Language.JAPANESE) > 0.995);
    }

    @Test
    void otherLanguagesAreOther() {
        for (String other : OTHERS) {
            assertEquals(Language.OTHER, Language.of(other), other);
        }
        for (String none :
                List.of("", " \n", "12345 67", "!!! ???", "xkq zvwj qpl tbrx wqz mnbv lkjh gfdsa qwrtp zxcvb")) {
            assertEquals(Language.OTHER, Language.of(none), none);
        }
    }

    @Test
    void shortAndMixedTexts() {
        assertEquals(Language.JAPANESE, Language.of("東京都"));
        assertEquals(Language.JAPANESE, Language.of("日本国憲法"));
        assertEquals(Language.JAPANESE, Language.of("JavaでLLMを動かす方法について説明します。"));
        assertEquals(Language.ENGLISH, Language.of("The word 猫 means cat in Japanese."));
        assertEquals(Language.ENGLISH, Language.of("Hello!"));
        assertEquals(Language.JAPANESE, Language.of("ｶﾀｶﾅ"));
    }

    @Test
    void theProfileIsWhatTheCorporaGive() throws IOException {
        try (InputStream in = Objects.requireNonNull(EnglishProfile.class.getResourceAsStream("english-profile.tsv"))) {
            assertEquals(
                    EnglishProfile.learn(EnglishProfileMaker.lines(false)),
                    new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private static double share(List<String> lines, Language language) {
        return (double) lines.stream().filter(l -> Language.of(l) == language).count() / lines.size();
    }
}
