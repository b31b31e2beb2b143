package archipel.documents;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.http.ETags;
import archipel.http.Request;
import org.jspecify.annotations.Nullable;

/** The revision a request is about: in its body, its query and its {@code If-Match}, which have to agree. */
final class GivenRevision {
    private GivenRevision() {}

    /**
     * @param inBody null where the body says none
     * @return null where nothing says one
     * @throws RequestException 400 where two of them differ, or one is no revision
     */
    static @Nullable Revision of(Request request, @Nullable Revision inBody) {
        String inQuery = request.parameters().get("rev");
        Revision revision = inBody;
        if (inQuery != null) {
            Revision queried = Revision.parse(inQuery);
            if (inBody != null && !inBody.equals(queried)) {
                throw new RequestException(ErrorCode.REVISION_IN_BODY_AND_QUERY);
            }
            revision = queried;
        }
        String etag = ETags.unquoted(request.header("If-Match"));
        if (etag != null) {
            Revision matched = Revision.parse(etag);
            if (revision != null && !revision.equals(matched)) {
                throw new RequestException(ErrorCode.REVISION_AND_ETAG);
            }
            return matched;
        }
        return revision;
    }
}
