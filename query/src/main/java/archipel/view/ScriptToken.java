package archipel.view;

/** A token of a JavaScript source. */
final class ScriptToken {
    enum Kind {
        WORD,
        NUMBER,
        STRING,
        /** A template, or a piece of one: up to a hole or from one on. */
        TEMPLATE,
        REGEX,
        PUNCTUATION
    }

    /** Stands for what is before the first token and after the last one. */
    static final ScriptToken NONE = new ScriptToken(Kind.PUNCTUATION, 0, 0, "");

    final Kind kind;
    /** Where in the source it begins. */
    final int start;
    /** Where in the source it ends. */
    final int end;

    final String text;
    /** The number of the bracket that belongs to this one; -1 for what is no bracket. */
    int match = -1;
    /** How many brackets are open around it. */
    int depth;

    ScriptToken(Kind kind, int start, int end, String text) {
        this.kind = kind;
        this.start = start;
        this.end = end;
        this.text = text;
    }

    /** Whether it is that word or punctuator. */
    boolean is(String wanted) {
        return (kind == Kind.PUNCTUATION || kind == Kind.WORD) && text.equals(wanted);
    }

    boolean isWord() {
        return kind == Kind.WORD;
    }

    boolean isDot() {
        return is(".") || is("?.");
    }

    /** A string whose text is what stands between its quotes. */
    boolean isPlainString() {
        return kind == Kind.STRING && text.indexOf('\\') < 0;
    }

    String unquoted() {
        return text.substring(1, text.length() - 1);
    }

    /** Where this follows an expression, that is called with the template's pieces. */
    boolean isTemplateBegin() {
        return kind == Kind.TEMPLATE && text.charAt(0) == '`';
    }
}
