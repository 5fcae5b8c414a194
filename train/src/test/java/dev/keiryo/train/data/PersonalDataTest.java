package dev.keiryo.train.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Placeholders in place of personal data, and nothing else replaced. */
class PersonalDataTest {
    private static String mask(String text) {
        return new PersonalData().edit(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Write to john.doe+news@mail.example.co.uk.|Write to <EMAIL>.",
                "<a@b.io>, x_y@z-w.com|<<EMAIL>>, <EMAIL>",
                "連絡先はtaro@example.jpまで|連絡先は<EMAIL>まで",
                "ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ|<EMAIL>",
                "電話は03-1234-5678です|電話は<PHONE>です",
                "携帯：090-1234-5678、０９０－１２３４－５６７８|携帯：<PHONE>、<PHONE>",
                "09012345678 or 0120-444-444 or 0120444444|<PHONE> or <PHONE> or <PHONE>",
                "(03)1234-5678 / 03(1234)5678 / （０３）１２３４－５６７８|<PHONE> / <PHONE> / <PHONE>",
                "+81 90-1234-5678, +44 20 7946 0958, +1 (212) 555-0123|<PHONE>, <PHONE>, <PHONE>",
                "Call (212) 555-0123 or 212-555-0123 or 1-212-555-0123!|Call <PHONE> or <PHONE> or <PHONE>!",
                "from 192.168.0.1:8080 to 8.8.8.8.|from <IP>:8080 to <IP>.",
                "at 2001:db8::8a2e:370:7334, fe80::1 and ::ffff:192.0.2.1|at <IP>, <IP> and <IP>",
                "2001:0db8:85a3:0000:0000:8a2e:0370:7334|<IP>",
                "card 4111 1111 1111 1111, 5500-0000-0000-0004, 378282246310005, 3782 822463 10005|card <CARD>, <CARD>, <CARD>, <CARD>",
                "番号は123456789018です|番号は<MY_NUMBER>です",
                "1234 5678 9018 and 1234-5678-9018|<MY_NUMBER> and <MY_NUMBER>"
            })
    void masks(String text, String expected) {
        assertEquals(expected, mask(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "On 2024-05-06 at 12:34:56, 1,234,567 people; 3.14159; 10:00",
                "version 1.2.3.4.5 and v1.2.3.4 and 300.1.1.1",
                "ISBN 978-4-00-310101-8, 0-306-40615-2",
                "4111 1111 1111 1112 is no card, nor is 0000000000000000",
                "123456789012 has a wrong check digit",
                "a@b, @name, name@, foo@bar, 5 @ 3.50",
                "std::vector and a::b, dead:beef, 12:30",
                "1600-1700, 100-200-300, 2020-2021-2023",
                "order 12345678901234567890123456789012",
                "第二次世界大戦は1939年9月1日から1945年9月2日まで",
                ""
            })
    void leaves(String text) {
        assertEquals(text, mask(text));
    }

    @Test
    void luhnAndMyNumberOfKnownValues() {
        for (String valid :
                List.of("79927398713", "4242424242424242", "6011111111111117", "3530111333300000", "30569309025904")) {
            assertTrue(CheckDigits.luhn(valid), valid);
        }
        for (int last = 0; last < 10; last++) {
            assertEquals(last == 3, CheckDigits.luhn("7992739871" + last));
        }
        assertFalse(CheckDigits.luhn(""));
        // 123456789018: the ministry's own specimen number
        assertTrue(CheckDigits.myNumber("123456789018"));
        int valid = 0;
        for (int last = 0; last < 10; last++) {
            valid += CheckDigits.myNumber("98765432109" + last) ? 1 : 0;
        }
        assertEquals(1, valid);
        assertFalse(CheckDigits.myNumber("12345678901"));
        // remainders 0 and 1 both have the digit 0
        assertTrue(CheckDigits.myNumber("000000000000"));
    }

    @Test
    void hostileTextTakesLinearTime() {
        assertTimeout(Duration.ofSeconds(5), () -> {
            for (String unit : List.of("a", "1", "@", "a@", "1.", ":", "a:", "+1", "(0", "1 ", "0-", ".@.", "a.b@c.")) {
                mask(unit.repeat(100_000));
            }
        });
    }
}
