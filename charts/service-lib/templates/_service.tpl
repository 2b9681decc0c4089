{{/*
All resources of a service. A service's chart is `{{ include "naru.service" . }}`, its values, and topology.yaml,
which is generated and says what the service needs, whom it calls and what it consumes.
*/}}
{{- define "naru.service" -}}
{{- $topology := .Files.Get "topology.yaml" | fromYaml -}}
{{- $scope := dict "root" . "topology" $topology "name" $topology.service -}}
{{- include "naru.serviceAccount" $scope }}
---
{{ include "naru.config" $scope }}
---
{{ include "naru.address" $scope }}
{{- range $role := $topology.roles }}
{{- $workload := merge (dict "role" $role "settings" (index $.Values $role)) $scope }}
---
{{ include "naru.deployment" $workload }}
---
{{ include "naru.disruption" $workload }}
---
{{ include "naru.network" $workload }}
{{- end }}
{{- if eq (include "naru.scaledByKeda" (merge (dict "role" "consumer") $scope)) "true" }}
---
{{ include "naru.scaling" (merge (dict "role" "consumer" "settings" .Values.consumer) $scope) }}
{{- end }}
{{- if .Values.global.monitoring.enabled }}
---
{{ include "naru.monitor" $scope }}
{{- end }}
---
{{ include "naru.test" $scope }}
{{- end }}

{{/* One without rights: nothing of ours talks to the Kubernetes API, but for the console where it may break things. */}}
{{- define "naru.serviceAccount" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .name }}
  labels: {{- include "naru.labels" . | nindent 4 }}
automountServiceAccountToken: false
{{- end }}

{{/* The Service, which leads to the component that serves. */}}
{{- define "naru.address" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ .name }}
  labels: {{- include "naru.labels" . | nindent 4 }}
  {{- with .root.Values.service.annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  type: {{ .root.Values.service.type }}
  selector: {{- include "naru.selector" (merge (dict "role" .topology.serves) .) | nindent 4 }}
  ports:
    - name: http
      port: {{ .topology.port }}
      targetPort: http
{{- end }}
