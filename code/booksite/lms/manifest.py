"""The manifest of a zip in the form of IMS Content Packaging."""

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

NAMESPACE = "http://www.imsglobal.org/xsd/imscp_v1p1"

#: Type, file, and the resources that it needs, by identifier.
Resources = Mapping[str, tuple[str, str, Sequence[str]]]


def write_manifest(schema: tuple[str, str], resources: Resources) -> bytes:
    """List the resources; `schema` is the name and version of what is in the package."""
    manifest = Element("manifest", xmlns=NAMESPACE, identifier="manifest")
    metadata = SubElement(manifest, "metadata")
    SubElement(metadata, "schema").text, SubElement(metadata, "schemaversion").text = schema
    SubElement(manifest, "organizations")
    listed = SubElement(manifest, "resources")
    for name, (kind, file, needed) in resources.items():
        resource = SubElement(listed, "resource", identifier=name, type=kind, href=file)
        SubElement(resource, "file", href=file)
        for other in needed:
            SubElement(resource, "dependency", identifierref=other)
    return ElementTree.tostring(manifest, encoding="utf-8", xml_declaration=True)
