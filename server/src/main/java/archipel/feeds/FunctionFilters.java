package archipel.feeds;

import archipel.auth.DatabaseAccess;
import archipel.document.ErrorCode;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.documents.FunctionRequest;
import archipel.functions.DesignFunctions;
import archipel.functions.Functions;
import archipel.http.DatabaseRequest;
import archipel.mime.PercentCoding;
import archipel.read.Reader;
import archipel.view.DesignDocument;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Filters that are functions of design documents, as of the block that the feed reads. */
final class FunctionFilters {
    private final Functions functions;
    private final DatabaseAccess access;

    FunctionFilters(Functions functions, DatabaseAccess access) {
        this.functions = functions;
        this.access = access;
    }

    /**
     * {@code filter=_view}: lets through what the map function of {@code view} emits anything for.
     *
     * @throws RequestException 400 where no view is named, 404 where there is none
     */
    ChangeFilter view(DatabaseRequest request, boolean conflicts) {
        String view = request.parameters().get("view", "");
        if (view.isEmpty()) {
            throw new RequestException(ErrorCode.VIEW_PARAMETER_MISSING);
        }
        List<String> parts = parts(view);
        if (parts.size() != 2) {
            throw new RequestException(ErrorCode.VIEW_PARAMETER_FORM);
        }
        try (Reader reader = request.reader()) {
            DesignFunctions design = design(reader, "views", parts);
            return new ChangeFilter.ByFunction(
                    (documents, waiter) -> design.viewFilter(parts.getLast(), documents, waiter), conflicts);
        }
    }

    /**
     * {@code filter=ddoc/name}.
     *
     * @param body that of a POST
     * @throws RequestException 400 where it names no function, 404 where there is none
     */
    ChangeFilter named(DatabaseRequest request, String filter, boolean conflicts, @Nullable JsonNode body) {
        if (filter.startsWith("_")) {
            throw new RequestException(ErrorCode.UNKNOWN_BUILTIN_FILTER);
        }
        List<String> parts = parts(filter);
        if (parts.isEmpty()) {
            return new ChangeFilter.Everything();
        }
        if (parts.size() != 2) {
            throw new RequestException(ErrorCode.FILTER_FORM);
        }
        try (Reader reader = request.reader()) {
            DesignFunctions design = design(reader, "filters", parts);
            FunctionRequest asked = new FunctionRequest(request, access);
            byte[] json = body == null ? asked.withoutBody(reader) : asked.of(reader, null, JsonTree.bytes(body), null);
            return new ChangeFilter.ByFunction(
                    (documents, waiter) -> design.filter(parts.getLast(), documents, json, waiter), conflicts);
        }
    }

    private DesignFunctions design(Reader reader, String section, List<String> parts) {
        DesignDocument design = DesignDocument.read(reader, parts.getFirst());
        design.require(section, parts.getLast());
        design.requireJavaScript();
        return functions.engine().design(design);
    }

    /** What stands between slashes, each decoded once more, as CouchDB does. */
    private static List<String> parts(String name) {
        return Arrays.stream(name.split("/"))
                .filter(part -> !part.isEmpty())
                .map(FunctionFilters::decoded)
                .toList();
    }

    private static String decoded(String part) {
        try {
            return PercentCoding.decode(part, 0, part.length(), false);
        } catch (PercentCoding.MalformedException e) {
            return part;
        }
    }
}
