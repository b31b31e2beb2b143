package archipel.direct;

/**
 * A token of a function's source.
 *
 * @param text of a name or a punctuator as it stands there; of a string what it stands for
 * @param number what a number stands for; else 0
 * @param afterLineEnd whether a line ends between it and the token before it
 */
record Token(Kind kind, String text, double number, boolean afterLineEnd) {
    enum Kind {
        NAME,
        NUMBER,
        STRING,
        PUNCTUATOR,
        END
    }

    boolean is(String punctuator) {
        return kind == Kind.PUNCTUATOR && text.equals(punctuator);
    }

    boolean isWord(String word) {
        return kind == Kind.NAME && text.equals(word);
    }
}
