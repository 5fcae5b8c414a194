package dev.keiryo.train.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.text.Normalizer.Form;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** Each step that changes or judges a text by itself. */
class CleaningTest {
    private static final String PAGE = """
            <!DOCTYPE html><html><head><title>T</title><style>p{}</style></head><body>
            <nav><a href=/>Home</a> <a href=/a>About us and our partners</a></nav>
            <div class="header"><a href="/x">Sign in</a> | <a href="/y">Register</a></div>
            <h1>The lighthouse</h1>
            <p>The old lighthouse stood at the end of the long pier, and every evening its keeper climbed the <a href="#">narrow stairs</a>
            to light the lamp for the ships that passed.&nbsp;It had been so for a hundred years &amp; more.</p>
            <div class="ad-banner">Buy the best lamps in town now and save half of the price today only, dear reader of this page, yes you!</div>
            <p>One winter night the storm was so strong that the waves reached the windows, yet the light did not go out until the morning came.</p>
            <ul class=links><li><a href=1>Ten lamps you must see</a></li><li><a href=2>What the keeper did next</a></li></ul>
            <script>var x = "<p>not text</p>";</script>
            <div id=footer><p>Contact</p><a href=z>Imprint</a></div>
            </body></html>
            """;

    @Test
    void mainTextOfAPageStays() {
        String text = new HtmlText().edit(PAGE);
        assertTrue(text.contains("climbed the narrow stairs to light the lamp"), text);
        assertTrue(text.contains("years & more."), text);
        assertTrue(text.contains("The lighthouse\n\n"), text);
        assertTrue(text.contains("until the morning came."), text);
        for (String gone :
                List.of("Home", "Register", "Buy the best", "Ten lamps", "not text", "Imprint", "<", "Contact")) {
            assertFalse(text.contains(gone), gone + " in: " + text);
        }
    }

    @Test
    void japanesePagesHaveNoSpacesToCountWordsBy() {
        String text = new HtmlText()
                .edit(
                        "<html><body><ul><li><a>ホーム</a></li><li><a>お問い合わせ</a></li></ul><p>"
                                + "むかしむかし、あるところにおじいさんとおばあさんがいました。おじいさんは<ruby>山<rp>(</rp><rt>やま</rt><rp>)</rp></ruby>へ柴刈りに、おばあさんは川へ洗濯に行きました。川では大きな桃がどんぶらこ、どんぶらこと流れてきました。"
                                + "</p><div class=sponsored>広告：今だけ半額です。</div><p>関連：<a>桃太郎の歌を聞くにはこちらをクリックしてください</a></p></body></html>");
        assertEquals("むかしむかし、あるところにおじいさんとおばあさんがいました。おじいさんは山へ柴刈りに、おばあさんは川へ洗濯に行きました。川では大きな桃がどんぶらこ、どんぶらこと流れてきました。", text);
    }

    @Test
    void textThatIsNoPageStays() {
        for (String text :
                List.of("a < b and c > d", "use List<String> here", "if (x <y && p> q)", "see <http://x.org>", "")) {
            assertEquals(text, new HtmlText().edit(text));
        }
    }

    @Test
    void hostilePagesTakeLittleTime() {
        assertTimeout(Duration.ofSeconds(10), () -> {
            for (String unit : List.of("<div>", "<a><p>", "<", "<p ", "<!--", "<ul><li>", "<table><tr><td>", "<b>x")) {
                new HtmlText().edit("<html>" + unit.repeat(5_000));
            }
        });
    }

    @Test
    void unicodeIsNormalizedAndCleaned() {
        UnicodeCleanup nfc = new UnicodeCleanup(Form.NFC);
        UnicodeCleanup nfkc = new UnicodeCleanup(Form.NFKC);
        assertEquals("が", nfc.edit("か\u3099"));
        assertEquals("Ａｶﾞ①", nfc.edit("Ａｶﾞ①"));
        assertEquals("Aガ1", nfkc.edit("Ａｶﾞ①"));
        assertEquals("a\tb\n\nc", nfc.edit("\uFEFF \r\n a\tb  \r\n\r\n\n\u2028\u200Bc\u0000\u0007 \n"));
        assertEquals("soft", nfc.edit("so\u00ADft"));
        assertEquals("👨‍👩‍👧 می‌خواهم", nfc.edit("👨‍👩‍👧 می‌خواهم"));
        assertEquals("ab", nfc.edit("a\u202Eb"));
        assertEquals("xy😀", nfc.edit("x\uD800y\uD83D\uDE00\uDC00"));
        assertEquals("", nfc.edit(" \u3000\n\u00A0"));
        assertEquals("　字下げ", nfc.edit("a\n　字下げ").substring(2));
        assertThrows(IllegalArgumentException.class, () -> new UnicodeCleanup(Form.NFD));
    }

    @Test
    void linesOfPageFramesGo() {
        assertEquals(
                "First line.\nThe advertisement said so.\n\n本文です。",
                new BoilerplateLines()
                        .edit(
                                "Advertisement\nFirst line.\n[ Read more ]\nThe advertisement said so.\nPlease enable JavaScript to view this.\n\n"
                                        + "スポンサーリンク\n本文です。\n【広告】\n© 2024 Example Inc."));
        String longLine =
                "The privacy policy of the firm, " + "as she had often explained to him over dinner, ".repeat(4);
        assertEquals(longLine, new BoilerplateLines().edit(longLine));
        assertEquals("", new BoilerplateLines().edit("PR\n続きを読む"));
        assertEquals("a\n", new BoilerplateLines().edit("a\n"));
    }

    @ParameterizedTest
    @CsvSource({
        "I recieve teh mail, I receive the mail",
        "RECIEVED Thier, RECEIVED Their",
        "tehran bereciever, tehran bereciever",
        "シュミレーションと大シュミレーション室, シミュレーションと大シミュレーション室",
        "シュミレーションゲーム, シュミレーションゲーム",
        "こんにちわ。, こんにちは。",
        "こんにちわたし, こんにちわたし",
        "完壁な講議, 完璧な講義"
    })
    void misspellingsAreCorrected(String text, String expected) {
        assertEquals(expected, new Misspellings().edit(text));
    }

    @Test
    void literatureIsSpelledRight() throws IOException {
        for (String name :
                List.of("en/sherlock-holmes", "en/tinyshakespeare", "ja/neko", "ja/sanshiro", "ja/gingatetsudou")) {
            String text = Files.readString(TestData.path("corpora/" + name + ".txt"));
            assertEquals(text, new Misspellings().edit(text));
        }
    }

    @Test
    void lengthsAreInCharacters() {
        Length length = new Length(2, 3);
        assertEquals("too short", length.reason("😀"));
        assertNull(length.reason("😀😀"));
        assertEquals("too long", length.reason("abcd"));
        assertThrows(IllegalArgumentException.class, () -> new Length(3, 2));
    }

    @Test
    void repetitionByGophersLimits() throws IOException {
        GopherRepetition filter = new GopherRepetition();
        String prose = Files.readString(TestData.path("corpora/en/sherlock-holmes.txt"));
        assertNull(filter.reason(prose));
        assertNull(filter.reason(prose.substring(5000, 8000)));
        String japanese = Files.readString(TestData.path("corpora/ja/kokoro.txt"));
        assertNull(filter.reason(japanese.substring(0, 3000)));
        for (String fine : List.of("", "word", "to be, or not to be: that is the question", "はい。はい。")) {
            assertNull(filter.reason(fine), fine);
        }
        assertEquals("repeated paragraphs", filter.reason("one\n\ntwo\n\none\n\none"));
        assertEquals("repeated lines", filter.reason("one\ntwo\none\none"));
        assertEquals("one 2-gram again and again", filter.reason("buy now ".repeat(30)));
        assertEquals("one 2-gram again and again", filter.reason("今すぐ購入。".repeat(30)));
        // a sentence of twelve words, five times in a text of distinct words
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 60; i++) {
            text.append("word").append(i).append(' ');
        }
        assertNull(filter.reason(text.toString()));
        String sentence = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu ";
        assertEquals("repeated 5-grams", filter.reason(sentence + text + sentence.repeat(4)));
    }

    @Test
    void shortTextsRepeatSomeWordsByChance() throws IOException {
        long dropped = 0;
        List<String> lines = Files.readAllLines(TestData.path("eval/gsm8k/test.jsonl"));
        for (String line : lines) {
            String question = JsonMapper.shared().readTree(line).get("question").asString();
            dropped += new GopherRepetition().reason(question) == null ? 0 : 1;
        }
        assertTrue(dropped < lines.size() / 100, dropped + " of " + lines.size());
    }

    @Test
    void repeatedShareIsCountedExactly() {
        // 200 words of 5 characters; 30 of them are the second appearance of a 5-gram: 15 % is not more than 15 %, with
        // 35 it is
        for (int times : new int[] {6, 7}) {
            StringBuilder text = new StringBuilder();
            int next = 10_000;
            for (int i = 0; i < times; i++) {
                StringBuilder five = new StringBuilder();
                for (int j = 0; j < 5; j++) {
                    five.append(next++).append(' ');
                }
                text.append(five)
                        .append(next++)
                        .append(' ')
                        .append(five)
                        .append(next++)
                        .append(' ');
            }
            while (text.length() < 1200) {
                text.append(next++).append(' ');
            }
            String reason = new GopherRepetition().reason(text.toString());
            assertEquals(times == 7 ? "repeated 5-grams" : null, reason, "times " + times);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "word ",
                "# ",
                "# the of ",
                "a b c the of ",
                "- the of and item\n",
                "the rest of it and so…\n",
                "1234 5678 the of ",
                "antidisestablishmentarianism thethethe "
            })
    void qualityByGophersRules(String unit) {
        assertNotNull(new GopherQuality().reason(unit.repeat(60)));
    }

    @Test
    void proseIsOfQuality() throws IOException {
        GopherQuality filter = new GopherQuality();
        String english = Files.readString(TestData.path("corpora/en/sherlock-holmes.txt"));
        assertNull(filter.reason(english.substring(5000, 8000)));
        assertNull(filter.reason(
                Files.readString(TestData.path("corpora/ja/kokoro.txt")).substring(0, 3000)));
        assertEquals("fewer than 50 words", filter.reason("a few words of the text"));
        assertEquals("more than 100,000 words", filter.reason("word ".repeat(100_001)));
    }

    @Test
    void pipelinesAreReadAndWritten() {
        for (String text : List.of(
                "none",
                "html,nfc,boilerplate,spelling,language=en+ja,length=1..,repetition,exact,near=0.8,pii",
                "nfkc,language=ja,length=5..10,quality")) {
            assertEquals(text, Pipeline.parse(text, 1).text());
        }
        assertEquals(10, Pipeline.parse(Pipeline.USUAL, 0).steps().size());
        assertEquals("length=200..", Pipeline.parse("length=200", 0).text());
        for (String bad : List.of(
                "",
                "html,",
                "nonsense",
                "html=1",
                "length=x",
                "length=9..2",
                "language=fr",
                "near=2",
                "near=0.8,near=0.9")) {
            assertThrows(IllegalArgumentException.class, () -> Pipeline.parse(bad, 0), bad);
        }
    }
}
