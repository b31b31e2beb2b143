package archipel.index;

import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** The places of some rows of one document, as stored: of each the view, the sort key and the ordinal. */
final class Places {
    private Places() {}

    static byte[] encode(Collection<Place> places, String id) {
        RowWriter row = new RowWriter(32 * places.size());
        for (Place place : places) {
            row.varint(place.view()).varint(place.sortKeyLength());
            row.raw(place.bytes(), Place.VIEW, place.sortKeyLength()).varint(place.ordinal(id));
        }
        return row.toBytes();
    }

    static List<Place> decode(byte[] value, String id) {
        RowReader row = new RowReader(value);
        List<Place> places = new ArrayList<>();
        while (row.remaining() > 0) {
            int view = (int) row.varint();
            byte[] sortKey = row.block();
            places.add(Place.of(view, sortKey, id, (int) row.varint()));
        }
        return places;
    }
}
