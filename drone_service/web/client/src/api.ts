// The description of the API as a page to read and to try, with the session of whoever looks at it.
import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";

SwaggerUI({ dom_id: "#api", url: "/openapi.json", docExpansion: "none", deepLinking: true, validatorUrl: null });
