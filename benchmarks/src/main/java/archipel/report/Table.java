package archipel.report;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A Markdown table with aligned columns, so that it reads the same in a terminal and in a file. */
public final class Table {
    private final List<String> head;
    private final int leftColumns;
    private final List<List<String>> rows = new ArrayList<>();

    /**
     * @param leftColumns how many columns, from the first, hold text; the others hold numbers and stand to the right
     */
    public Table(int leftColumns, String... head) {
        this.head = List.of(head);
        this.leftColumns = leftColumns;
    }

    /** @throws IllegalArgumentException when the row is wider or narrower than the head */
    public Table row(String... cells) {
        if (cells.length != head.size()) {
            throw new IllegalArgumentException(cells.length + " cells for " + head.size() + " columns");
        }
        rows.add(List.of(cells));
        return this;
    }

    @Override
    public String toString() {
        int[] widths = new int[head.size()];
        widen(widths, head);
        rows.forEach(row -> widen(widths, row));
        StringBuilder text = new StringBuilder();
        line(text, widths, head);
        List<String> rules = new ArrayList<>();
        for (int column = 0; column < widths.length; column++) {
            String rule = String.join("", Collections.nCopies(widths[column] - 1, "-"));
            rules.add(isLeft(column) ? rule + "-" : rule + ":");
        }
        line(text, widths, rules);
        rows.forEach(row -> line(text, widths, row));
        return text.toString();
    }

    private boolean isLeft(int column) {
        return column < leftColumns || (column == head.size() - 1 && "notes".equals(head.getLast()));
    }

    private static void widen(int[] widths, List<String> cells) {
        for (int column = 0; column < widths.length; column++) {
            widths[column] =
                    Math.max(Math.max(widths[column], 3), cells.get(column).length());
        }
    }

    private void line(StringBuilder text, int[] widths, List<String> cells) {
        for (int column = 0; column < widths.length; column++) {
            String cell = cells.get(column);
            String space = " ".repeat(widths[column] - cell.length());
            text.append("| ")
                    .append(isLeft(column) ? cell + space : space + cell)
                    .append(' ');
        }
        text.append("|\n");
    }
}
