/** No parameters: the tenant is named in `Tollgate-Tenant`, and one in the query is refused instead of ignored. */
export class ListUpstreamsQueryDto {}
