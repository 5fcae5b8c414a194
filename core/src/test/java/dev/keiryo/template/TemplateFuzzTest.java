package dev.keiryo.template;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keiryo.FormatException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.provider.MethodSource;

/** Any text as a template: rendered, or refused with FormatException or by its own raise_exception, nothing else. */
class TemplateFuzzTest {
    private static final Map<String, @Nullable Object> CONTEXT = Map.of(
            "messages",
            List.of(Map.of("role", "user", "content", "Hi é🦙"), Map.of("role", "assistant", "content", "")),
            "n",
            3,
            "add_generation_prompt",
            true);

    @MethodSource("seeds")
    @FuzzTest(maxDuration = "60s")
    void renders(byte[] text) {
        try {
            Template.parse("fuzzed", new String(text, StandardCharsets.UTF_8))
                    .render(CONTEXT, LocalDateTime.of(2026, 1, 15, 12, 0));
        } catch (FormatException | RaisedException e) {
            return;
        }
    }

    static Stream<byte[]> seeds() {
        return Stream.of(
                        "{% for m in messages %}{{ '<|' + m.role + '|>' + m['content'] | trim }}{% endfor %}",
                        "{%- set ns = namespace(a=1) -%}{% set ns.a = ns.a + 1 %}{{ ns.a ** 2 // 3 % 2 }}",
                        "{% macro f(x, y=2) %}{{ caller(x) }}{% endmacro %}{% call(z) f(1) %}{{ z }}{% endcall %}",
                        "{{ '%5.2f|%-3d' % (1.5, n) }}{{ '{:>4}'.format(n) }}{{ messages[::-1]|tojson(indent=2) }}",
                        "{% for i in range(3) recursive %}{{ loop.index }}{% else %}{% break %}{% endfor %}{# c #}",
                        "{{ messages|selectattr('role', 'eq', 'user')|map(attribute='content')|join(',')|wordwrap(3) }}",
                        "{{ raise_exception('no') if n is divisibleby 3 else strftime_now('%d %b %Y') }}",
                        "{% raw %}{{ }}{% endraw %}{% with a = 1 %}{{ a is defined and not a }}{% endwith %}")
                .map(s -> s.getBytes(StandardCharsets.UTF_8));
    }
}
