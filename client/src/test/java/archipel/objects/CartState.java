package archipel.objects;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The state of a {@link Cart}; has its methods without implementing it. */
public final class CartState {
    private final Map<String, Integer> items = new TreeMap<>();

    public int add(String item, int count) throws Cart.SoldOut {
        int now = items.merge(item, count, Integer::sum);
        if (item.equals("unicorn")) {
            throw new Cart.SoldOut(item);
        }
        return now;
    }

    public void addAll(List<Cart.Line> lines) {
        lines.forEach(line -> items.merge(line.item(), line.count(), Integer::sum));
        lines.clear();
    }

    public int count(String item) {
        return items.getOrDefault(item, 0);
    }

    public int sum() {
        int sum = items.values().stream().mapToInt(Integer::intValue).sum();
        // A method that is read-only changes nothing, whatever it does.
        items.clear();
        return sum;
    }

    public void clear() {
        items.clear();
    }
}
