{{/* One component of a service: its API, or its consumer. */}}
{{- define "naru.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .name }}-{{ .role }}
  labels: {{- include "naru.labels" . | nindent 4 }}
spec:
  {{- if ne (include "naru.scaledByKeda" .) "true" }}
  replicas: {{ .settings.replicas }}
  {{- end }}
  revisionHistoryLimit: 3
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  selector:
    matchLabels: {{- include "naru.selector" . | nindent 6 }}
  template:
    metadata:
      labels: {{- include "naru.podLabels" . | nindent 8 }}
      annotations:
        checksum/config: {{ include "naru.configData" . | sha256sum }}
    spec: {{- include "naru.podSpec" . | nindent 6 }}
{{- end }}

{{- define "naru.podSpec" -}}
serviceAccountName: {{ .name }}
automountServiceAccountToken: {{ (.root.Values.chaos).enabled | default false }}
enableServiceLinks: false
{{- with .root.Values.global.image.pullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext: {{- include "naru.podSecurity" . | nindent 2 }}
# A service stops within 25 s (services/kernel/src/lifecycle.ts); the rest is for its process to end.
terminationGracePeriodSeconds: {{ add .root.Values.preStopSeconds 30 }}
topologySpreadConstraints: {{- include "naru.spread" . | trim | nindent 2 }}
{{- if and (has "mysql" .topology.needs) (not .topology.databases) }}
initContainers:
  # Pods that start together take turns by a lock in the database.
  - name: migrate
    args: [migrate]
    {{- include "naru.container" . | nindent 4 }}
{{- end }}
containers:
  - name: {{ .role }}
    {{- if .root.Values.global.development }}
    command: [node, --watch, main.js]
    {{- end }}
    {{- include "naru.container" . | nindent 4 }}
    ports:
      - name: http
        containerPort: {{ .topology.port }}
    # Live says that the process answers, and asks neither Kafka nor MySQL: a restart would not mend those.
    startupProbe:
      httpGet: { path: /health/live, port: http }
      periodSeconds: 2
      timeoutSeconds: 2
      failureThreshold: 60
    livenessProbe:
      httpGet: { path: /health/live, port: http }
      periodSeconds: 10
      timeoutSeconds: 5
      failureThreshold: 6
    readinessProbe:
      httpGet: { path: /health/ready, port: http }
      periodSeconds: 3
      timeoutSeconds: 3
      failureThreshold: 2
    lifecycle:
      preStop:
        sleep:
          seconds: {{ .root.Values.preStopSeconds }}
{{- with include "naru.volumes" . }}
volumes: {{- . | trim | nindent 2 }}
{{- end }}
{{- end }}

{{/* What the service's container and the one that migrates have in common. */}}
{{- define "naru.container" -}}
image: {{ include "naru.image" . }}
imagePullPolicy: {{ .root.Values.global.image.pullPolicy }}
envFrom:
  - configMapRef:
      name: {{ .name }}
env: {{- include "naru.env" . | nindent 2 }}
resources: {{- toYaml .settings.resources | nindent 2 }}
securityContext: {{- include "naru.containerSecurity" . | nindent 2 }}
{{- with include "naru.volumeMounts" . }}
volumeMounts: {{- . | trim | nindent 2 }}
{{- end }}
{{- end }}

{{- define "naru.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "naru.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: {{ not .root.Values.global.development }}
capabilities:
  drop: [ALL]
{{- end }}

{{/* Over nodes and zones, where there are several; a small cluster still takes all pods. */}}
{{- define "naru.spread" -}}
{{- $ := . -}}
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
- maxSkew: 1
  topologyKey: {{ . }}
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels: {{- include "naru.selector" $ | nindent 6 }}
{{- end }}
{{- end }}

{{/* Whoever drains a node takes one pod at a time, and a pod that is not ready anyway at once. */}}
{{- define "naru.disruption" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .name }}-{{ .role }}
  labels: {{- include "naru.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels: {{- include "naru.selector" . | nindent 6 }}
{{- end }}
