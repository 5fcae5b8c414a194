package dev.keiryo.train.data;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Takes out lines that a page's frame, a shop or an advertisement has put between text: short lines that say what such lines say, in English and Japanese, and those
 * that speak of scripts or cookies (after the clean-up of C4; Raffel et al. 2020, section 2.2). Long lines stay.
 */
public record BoilerplateLines() implements Edit {
    /** Longer lines are text. */
    private static final int SHORT = 160;

    private static final Set<String> WHOLE = Set.of(
            "advertisement",
            "advertisements",
            "ad",
            "sponsored",
            "sponsored content",
            "sponsored link",
            "sponsored links",
            "promoted",
            "promoted content",
            "read more",
            "continue reading",
            "click here",
            "share this",
            "share on facebook",
            "share on twitter",
            "tweet",
            "follow us",
            "sign up",
            "log in",
            "login",
            "subscribe",
            "subscribe now",
            "home",
            "menu",
            "search",
            "skip to content",
            "skip to main content",
            "back to top",
            "related articles",
            "related posts",
            "you may also like",
            "recommended for you",
            "leave a comment",
            "leave a reply",
            "previous",
            "next",
            "all rights reserved",
            "広告",
            "スポンサーリンク",
            "スポンサードリンク",
            "スポンサー",
            "pr",
            "続きを読む",
            "もっと見る",
            "関連記事",
            "人気記事",
            "おすすめ記事",
            "シェアする",
            "ツイート",
            "フォローする",
            "ログイン",
            "会員登録",
            "新規登録",
            "検索",
            "メニュー",
            "ホーム",
            "トップへ戻る",
            "ページトップへ",
            "前へ",
            "次へ",
            "コメントを残す",
            "目次へ戻る",
            "カートに入れる",
            "お気に入りに追加");
    private static final List<String> WITHIN = List.of(
            "enable javascript",
            "javascript is disabled",
            "javascript を有効",
            "javascriptを有効",
            "use of cookies",
            "uses cookies",
            "use cookies",
            "cookie policy",
            "accept cookies",
            "accept all cookies",
            "privacy policy",
            "terms of use",
            "terms of service",
            "terms and conditions",
            "all rights reserved",
            "subscribe to our",
            "sign up for our",
            "join our newsletter",
            "unsubscribe",
            "click here to",
            "buy now",
            "limited time offer",
            "free shipping",
            "add to cart",
            "follow us on",
            "share on facebook",
            "powered by wordpress",
            "クッキーを使用",
            "cookieを使用",
            "cookie を使用",
            "プライバシーポリシー",
            "利用規約",
            "無断転載を禁",
            "無断転載禁止",
            "メールマガジン",
            "メルマガ登録",
            "今すぐ購入",
            "送料無料",
            "期間限定",
            "今だけ",
            "ここをクリック",
            "こちらをクリック",
            "フォローお願い",
            "チャンネル登録");

    @Override
    public String name() {
        return "boilerplate";
    }

    @Override
    public String edit(String text) {
        StringBuilder out = new StringBuilder(text.length());
        boolean changed = false;
        for (int from = 0; from <= text.length(); ) {
            int end = text.indexOf('\n', from);
            int to = end < 0 ? text.length() : end;
            if (isBoilerplate(text, from, to)) {
                changed = true;
            } else {
                out.append(text, from, end < 0 ? to : to + 1);
            }
            if (end < 0) {
                break;
            }
            from = end + 1;
        }
        if (!changed) {
            return text;
        }
        int length = out.length();
        while (length > 0 && out.charAt(length - 1) == '\n') {
            length--;
        }
        return out.substring(0, length);
    }

    private static boolean isBoilerplate(String text, int from, int to) {
        if (to - from > SHORT || to == from) {
            return false;
        }
        String line = text.substring(from, to).strip().toLowerCase(Locale.ROOT);
        if (WHOLE.contains(bare(line)) || line.startsWith("©") || line.startsWith("copyright ©")) {
            return true;
        }
        for (String mark : WITHIN) {
            if (line.contains(mark)) {
                return true;
            }
        }
        return false;
    }

    /** Without signs and brackets around it. */
    private static String bare(String line) {
        int from = 0;
        int to = line.length();
        while (from < to && !Character.isLetterOrDigit(line.charAt(from))) {
            from++;
        }
        while (to > from && !Character.isLetterOrDigit(line.charAt(to - 1))) {
            to--;
        }
        return line.substring(from, to);
    }
}
